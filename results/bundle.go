package results

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/parquet-go/parquet-go"

	"netlab/loadgen"
	"netlab/scenarios"
	"netlab/sim/event"
)

// A Bundle is a run as it was recorded.
type Bundle struct {
	Dir      string
	Manifest *Manifest
	Events   []event.Event // in the order in which they were told
	Scenario []byte        // scenario.yaml as resolved; nil when the run was cut before it was stored

	// Damage says what is missing from a run that was cut short; empty for a whole one.
	Damage []string

	root *os.Root
}

// Open reads a bundle. A run that was killed opens with what it has, and Damage says what is
// missing; a folder without a readable manifest is an error, and so is a whole run whose recorded files are
// not what its manifest says.
func Open(dir string) (*Bundle, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() { // a pipe would be waited for
		return nil, fmt.Errorf("open bundle: %s is no folder", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	return open(root, dir)
}

func open(root *os.Root, dir string) (*Bundle, error) {
	b := &Bundle{Dir: dir, root: root}
	if err := b.read(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return b, nil
}

// Close lets go of the bundle's folder. What was read of it stays.
func (b *Bundle) Close() error { return b.root.Close() }

func (b *Bundle) read() (err error) {
	if b.Manifest, err = readManifest(b.root, b.Dir); err != nil {
		return err
	}
	if !b.Manifest.Complete {
		b.damaged("the run did not come to its end")
	} else if err := b.verify(); err != nil {
		return err
	}
	if err := b.readEvents(); err != nil {
		return err
	}
	b.Scenario, err = readFile(b.root, scenarioName, scenarios.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		b.damaged("%s is missing", scenarioName)
	} else if err != nil {
		return fmt.Errorf("open bundle: %w", err)
	}
	return nil
}

// verify holds the recorded files to the hashes of the manifest. Derived files may differ: they can be derived again.
func (b *Bundle) verify() error {
	var errs []error
	listed := make(map[string]bool)
	for _, want := range b.Manifest.Files {
		if !raw(want.Path) {
			continue
		}
		listed[want.Path] = true
		if info, err := b.root.Stat(want.Path); err == nil && info.Size() != want.Bytes { // before the whole of it is read
			errs = append(errs, changedAfter(want.Path))
			continue
		}
		switch is, err := hashFile(b.root, want.Path); {
		case errors.Is(err, fs.ErrNotExist):
			errs = append(errs, fmt.Errorf("%s is missing", want.Path))
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", want.Path, err))
		case is != want:
			errs = append(errs, changedAfter(want.Path))
		}
	}
	present := []string{eventsName, scenarioName}
	samples, err := fs.Glob(b.root.FS(), samplesName+"/*")
	if err != nil {
		return err
	}
	for _, name := range append(present, samples...) {
		if _, err := b.root.Stat(name); err == nil && !listed[name] {
			errs = append(errs, fmt.Errorf("%s has no hash in the manifest", name))
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("%s: %w", b.Dir, errors.Join(errs...))
	}
	return nil
}

func changedAfter(name string) error {
	return fmt.Errorf("%s was changed after the run: it is not what the manifest's hash says", name)
}

func (b *Bundle) damaged(format string, args ...any) {
	b.Damage = append(b.Damage, fmt.Sprintf(format, args...))
}

func (b *Bundle) readEvents() error {
	f, err := openFile(b.root, eventsName)
	if errors.Is(err, fs.ErrNotExist) {
		b.damaged("%s is missing", eventsName)
		return nil
	}
	if err != nil {
		return fmt.Errorf("open bundle: %w", err)
	}
	defer f.Close()
	events, cut, err := decodeEvents(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", eventsName, err)
	}
	if cut > 0 {
		b.damaged("%s ends in the middle of line %d", eventsName, cut)
	}
	b.Events = events
	return nil
}

// Samples are the recorded requests of one sender.
type Samples struct {
	Rows    []loadgen.Sample
	Servers []string // names that Sample.Server points into; index 0 is ""
}

// Samples reads those of one load or probe. What a killed run left of them is read as far as it
// goes, and Damage says what is missing.
func (b *Bundle) Samples(sender string) (*Samples, error) {
	samples, err := b.samples(sender)
	if err != nil {
		return nil, fmt.Errorf("read samples of %s: %w", sender, err)
	}
	return samples, nil
}

func (b *Bundle) samples(sender string) (*Samples, error) {
	whole := samplesPath(sender)
	if _, err := b.root.Stat(whole); !errors.Is(err, fs.ErrNotExist) {
		reader := newRowReader()
		if err := reader.read(b.root, whole); err != nil {
			return nil, err
		}
		return &reader.samples, nil
	}
	b.damaged("samples of %s: the stream did not come to its end", sender)
	f, err := openFile(b.root, spoolPath(sender))
	if errors.Is(err, fs.ErrNotExist) {
		return b.partsV1(sender)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	samples := &Samples{Servers: []string{""}}
	cut, err := readSpool(f, func(chunk []loadgen.Sample) error {
		for _, s := range chunk {
			for int(s.Server) >= len(samples.Servers) {
				samples.Servers = append(samples.Servers, serverName(uint16(len(samples.Servers)), nil))
			}
			samples.Rows = append(samples.Rows, s)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", spoolPath(sender), err)
	}
	if cut {
		b.damaged("%s ends in the middle of a sample", spoolPath(sender))
	}
	return samples, nil
}

// partsV1 reads what an earlier netlab left when it was killed: parts of five seconds, each a
// Parquet file, of which the last has no footer.
func (b *Bundle) partsV1(sender string) (*Samples, error) {
	parts, err := fs.Glob(b.root.FS(), samplesName+"/"+sender+".[0-9][0-9][0-9][0-9]*.parquet")
	if err != nil {
		return nil, err
	}
	reader := newRowReader()
	for _, part := range parts {
		err := reader.read(b.root, part)
		if errors.Is(err, errNoFooter) && !b.Manifest.Complete {
			b.damaged("%s has no footer: its rows are lost", part)
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	return &reader.samples, nil
}

var errNoFooter = errors.New("no Parquet footer")

// rowsPerByte bounds the rows of a Parquet file: no run compresses better, and a file that says so would fill the memory.
const rowsPerByte = 8

// readRows hands the rows of one Parquet file on, a few thousand at a time. The library panics on some files that are damaged.
func readRows(root *os.Root, name string, use func([]row) error) (err error) {
	defer func() {
		if damage := recover(); damage != nil {
			err = fmt.Errorf("%s is damaged: %v", name, damage)
		}
	}()
	f, err := openFile(root, name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !hasFooter(f, info.Size()) {
		return fmt.Errorf("%s: %w", name, errNoFooter)
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if n := file.NumRows(); n < 0 || n > rowsPerByte*info.Size() {
		return fmt.Errorf("%s is damaged: %d rows in %d bytes", name, n, info.Size())
	}
	reader := parquet.NewGenericReader[row](file)
	defer reader.Close()
	rows := make([]row, 4096)
	for {
		n, err := reader.Read(rows)
		if n > 0 {
			if err := use(rows[:n]); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			clear(rows[:n])
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

// hasFooter looks for the magic that ends every Parquet file: whatever was being written when
// the run was killed does not have it.
func hasFooter(f io.ReaderAt, size int64) bool {
	const magic = "PAR1"
	if size < int64(2*len(magic)) {
		return false
	}
	var tail [len(magic)]byte
	_, err := f.ReadAt(tail[:], size-int64(len(magic)))
	return err == nil && string(tail[:]) == magic
}
