package results

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A Folder is where bundles are made. It is opened once and held by its descriptor: under sudo it lies where an ordinary user may put
// another folder, or a link to one, in its place at any moment, and nothing that root writes may follow.
type Folder struct {
	path string // as it was named, for messages
	root *os.Root
	made []made // the folders that OpenFolder had to make, the outermost first
}

// A made folder can be taken away or given away, wherever its name leads by then.
type made struct {
	above *os.Root
	name  string
	dir   *os.File
}

// OpenFolder opens a folder, and makes it and those above it where they are missing.
func OpenFolder(path string) (*Folder, error) {
	f := &Folder{path: path}
	var missing []string
	above := filepath.Clean(path)
	for {
		root, err := os.OpenRoot(above)
		if err == nil {
			f.root = root
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || above == filepath.Dir(above) {
			return nil, fmt.Errorf("open folder: %w", err)
		}
		missing = append([]string{filepath.Base(above)}, missing...)
		above = filepath.Dir(above)
	}
	for _, name := range missing {
		if err := f.descend(name); err != nil {
			return nil, errors.Join(fmt.Errorf("make folder %s: %w", path, err), f.Close())
		}
	}
	return f, nil
}

// descend makes a folder in the one that is open, and opens it instead.
func (f *Folder) descend(name string) error {
	fresh := f.root.Mkdir(name, 0o755)
	if fresh != nil && !errors.Is(fresh, fs.ErrExist) { // somebody else may have been faster
		return fresh
	}
	inner, err := f.root.OpenRoot(name)
	if err != nil {
		return err
	}
	above := f.root
	f.root = inner
	if fresh != nil {
		return above.Close()
	}
	dir, err := inner.Open(".")
	f.made = append(f.made, made{above, name, dir})
	return err
}

// Discard takes the folders that were made away again, where nothing was put into them.
func (f *Folder) Discard() {
	for _, m := range slices.Backward(f.made) {
		if m.above.Remove(m.name) != nil {
			return
		}
	}
}

// FolderOf is the folder of a descriptor that another process opened.
func FolderOf(dir *os.File, path string) (*Folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", err)
	}
	want, wantErr := dir.Stat()
	is, isErr := root.Stat(".")
	err = errors.Join(wantErr, isErr)
	if err == nil && !os.SameFile(want, is) {
		err = errors.New("another folder was put in its place")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open folder %s: %w", path, err), root.Close())
	}
	return &Folder{path: path, root: root}, nil
}

// File is the folder's descriptor, for another process.
func (f *Folder) File() (*os.File, error) { return f.root.Open(".") }

// Open opens a bundle in the folder.
func (f *Folder) Open(name string) (*Bundle, error) {
	root, err := f.root.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	return open(root, filepath.Join(f.path, name))
}

// HandOver gives the folders that were made, and a bundle, to a user: under sudo they belong to whoever asked for them.
func (f *Folder) HandOver(name string, uid, gid int) error {
	root, err := f.root.OpenRoot(name)
	if err != nil {
		return fmt.Errorf("give bundle to user %d: %w", uid, err)
	}
	defer root.Close()
	errs := []error{chown(root, uid, gid)}
	for _, m := range f.made {
		errs = append(errs, m.dir.Chown(uid, gid))
	}
	return errors.Join(errs...)
}

// HandOver gives the bundle to a user.
func (b *Bundle) HandOver(uid, gid int) error { return chown(b.root, uid, gid) }

// Close lets go of the folder.
func (f *Folder) Close() error {
	err := f.root.Close()
	for _, m := range f.made {
		err = errors.Join(err, m.above.Close(), m.dir.Close())
	}
	return err
}

// chown gives everything below root to a user. Only files and folders are given away, and no file that has a second name: that one
// may be somebody else's.
func chown(root *os.Root, uid, gid int) error {
	err := fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() && !entry.Type().IsRegular() {
			return nil
		}
		f, err := root.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		var info unix.Stat_t
		if err := unix.Fstat(int(f.Fd()), &info); err != nil {
			return err
		}
		if info.Mode&unix.S_IFMT == unix.S_IFREG && info.Nlink > 1 {
			return nil
		}
		return f.Chown(uid, gid)
	})
	if err != nil {
		return fmt.Errorf("give bundle to user %d: %w", uid, err)
	}
	return nil
}

// openFile opens a file of a bundle for reading. Anything but a plain file is refused: reading a pipe would wait for ever.
func openFile(root *os.Root, name string) (*os.File, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no plain file", name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// readFile reads a file of a bundle that has at most so many bytes.
func readFile(root *os.Root, name string, most int64) ([]byte, error) {
	f, err := openFile(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s is larger than %d bytes", name, most)
	}
	return data, err
}

// anew makes a file anew for writing, in place of what may stand there.
func anew(root *os.Root, name string) (*os.File, error) {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
}

// replaceFile puts data into a file in one step: a reader never sees half of it, and where it can't be written, for want of space say,
// the file stays as it was.
func replaceFile(root *os.Root, name string, data []byte) error {
	err := replace(root, name, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// replace writes a file beside another and puts it in its place. What could not be finished goes away.
func replace(root *os.Root, name string, write func(*os.File) error) error {
	temp := name + ".new"
	f, err := anew(root, temp)
	if err != nil {
		return err
	}
	if err = errors.Join(write(f), f.Close()); err == nil {
		err = root.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(temp))
	}
	return nil
}

// raw says whether a file of a bundle holds what was recorded, from which everything else is derived.
func raw(name string) bool {
	return name == eventsName || name == scenarioName || strings.HasPrefix(name, samplesName+"/")
}
