package results

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netlab/loadgen"
	"netlab/netlab/kernel/kerneltest"
	"netlab/sim/event"
)

// While a run is recorded somebody puts a link to another folder in the place of the run's, and of the folder around it: what is written
// and given away stays where it was.
func TestASwappedFolderIsNotFollowed(t *testing.T) {
	for name, swapped := range map[string]string{"the run's": "results/run", "the one around it": "results"} {
		t.Run(name, func(t *testing.T) {
			top, victim := t.TempDir(), t.TempDir()
			if err := os.WriteFile(filepath.Join(victim, manifestName), []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
			folder, err := OpenFolder(filepath.Join(top, "results"))
			if err != nil {
				t.Fatal(err)
			}
			defer folder.Close()
			w, err := folder.Create("x", start)
			if err != nil {
				t.Fatal(err)
			}
			run := filepath.Base(w.Dir())
			s, err := w.Samples(Sender{Name: "web", Kind: Load})
			if err != nil {
				t.Fatal(err)
			}
			swapped := filepath.Join(top, strings.Replace(swapped, "run", run, 1))
			if err := errors.Join(os.Rename(swapped, swapped+".away"), os.Symlink(victim, swapped)); err != nil {
				t.Fatal(err)
			}
			w.Event(event.Event{At: 1, What: event.BuildBegun{}})
			writeChunks(t, s, requests(100))
			if err := errors.Join(w.Scenario([]byte("netlab: 1\n")), s.Close(loadgen.Accounting{}), w.Close()); err != nil {
				t.Fatal(err)
			}
			if swapped == filepath.Join(top, "results") { // the folder is held: so is the bundle in it
				b, err := folder.Open(run)
				if err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(b.Store("summary.json", []byte("{}")), b.Seal(), b.Close(),
					folder.HandOver(run, os.Getuid(), os.Getgid())); err != nil {
					t.Fatal(err)
				}
			} else if _, err := folder.Open(run); err == nil {
				t.Error("a link that leads away was opened")
			} else if err := folder.HandOver(run, os.Getuid(), os.Getgid()); err == nil {
				t.Error("a link that leads away was given to a user")
			}
			entries, err := os.ReadDir(victim)
			text, _ := os.ReadFile(filepath.Join(victim, manifestName))
			if err != nil || len(entries) != 1 || string(text) != "mine" {
				t.Errorf("the other folder holds %v, %q (%v)", entries, text, err)
			}
		})
	}
}

// A bundle of somebody's holds pipes, links and paths that lead away: none is followed, none waited for.
func TestStrangeFilesAreRefused(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, put := range map[string]func(path string) error{
		"a pipe":      func(path string) error { return syscall.Mkfifo(path, 0o644) },
		"a link away": func(path string) error { return os.Symlink(secret, path) },
		"a folder":    func(path string) error { return os.Mkdir(path, 0o755) },
	} {
		for _, name := range []string{manifestName, eventsName, scenarioName, samplesPath("web")} {
			w := recorded(t)
			path := filepath.Join(w.Dir(), name)
			if err := errors.Join(os.Remove(path), put(path)); err != nil {
				t.Fatal(err)
			}
			if err := readAll(w.Dir()); err == nil {
				t.Errorf("%s for %s was read", what, name)
			}
		}
	}
	w := recorded(t)
	if err := w.Update(func(m *Manifest) { m.Senders[0].Name = "../../../etc/passwd" }); err != nil {
		t.Fatal(err)
	}
	if err := readAll(w.Dir()); err == nil {
		t.Error("a sender's name led out of the bundle")
	}
}

// recorded is a whole bundle.
func recorded(t *testing.T) *Writer {
	t.Helper()
	w := create(t)
	s, err := w.Samples(Sender{Name: "web", Kind: Load})
	if err != nil {
		t.Fatal(err)
	}
	writeChunks(t, s, requests(500))
	w.Event(event.Event{At: 1, What: event.BuildBegun{}})
	if err := errors.Join(w.Scenario([]byte("netlab: 1\n")), s.Close(accounting), w.Close()); err != nil {
		t.Fatal(err)
	}
	return w
}

// readAll reads a bundle with all of its samples.
func readAll(dir string) error {
	b, err := Open(dir)
	if err != nil {
		return err
	}
	defer b.Close()
	for _, s := range b.Manifest.Senders {
		if _, err := b.Samples(s.Name); err != nil {
			return err
		}
	}
	return nil
}

func TestChangedFilesAreFound(t *testing.T) {
	for _, name := range []string{eventsName, scenarioName, samplesPath("web")} {
		w := recorded(t)
		path := filepath.Join(w.Dir(), name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)/2] ^= 1
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(w.Dir()); err == nil || !strings.Contains(err.Error(), name+" was changed after the run") {
			t.Errorf("%s was changed, and Open says: %v", name, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(w.Dir()); err == nil || !strings.Contains(err.Error(), name+" is missing") {
			t.Errorf("%s is missing, and Open says: %v", name, err)
		}
	}
}

// A list that lost a file leaves it without a hash.
func TestFilesWithoutAHashAreFound(t *testing.T) {
	for _, name := range []string{eventsName, scenarioName, samplesPath("web")} {
		w := recorded(t)
		path := filepath.Join(w.Dir(), manifestName)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.Replace(text, []byte(`"path": "`+name), []byte(`"path": "gone/`+name), 1)
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(w.Dir()); err == nil || !strings.Contains(err.Error(), name+" has no hash in the manifest") {
			t.Errorf("%s is not listed, and Open says: %v", name, err)
		}
	}
}

// What can't be written leaves what was there, and nothing half written beside it.
func TestFailedWriteLeavesNothing(t *testing.T) {
	w := recorded(t)
	full := func(f *os.File) error {
		if _, err := f.WriteString("half"); err != nil {
			return err
		}
		return unix.ENOSPC
	}
	if err := replace(w.root, scenarioName, full); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("the error is %v", err)
	}
	text, err := os.ReadFile(filepath.Join(w.Dir(), scenarioName))
	if err != nil || string(text) != "netlab: 1\n" {
		t.Errorf("%s is %q (%v)", scenarioName, text, err)
	}
	if _, err := os.Lstat(filepath.Join(w.Dir(), scenarioName+".new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a file is left: %v", err)
	}
}

// A file with a second name may be somebody else's, and so is what a link leads to.
func TestOnlyTheBundleIsGivenAway(t *testing.T) {
	if os.Geteuid() != 0 {
		kerneltest.Unavailable(t, "only root can give files away")
	}
	w := recorded(t)
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := errors.Join(os.Link(outside, filepath.Join(w.Dir(), "second")), os.Symlink(outside, filepath.Join(w.Dir(), "link")))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.HandOver(65534, 65534); err != nil {
		t.Fatal(err)
	}
	owner := func(path string) uint32 {
		var info unix.Stat_t
		if err := unix.Lstat(path, &info); err != nil {
			t.Fatal(err)
		}
		return info.Uid
	}
	if owner(outside) != 0 || owner(w.Dir()) != 65534 || owner(filepath.Join(w.Dir(), samplesPath("web"))) != 65534 {
		t.Errorf("outside belongs to %d, the bundle to %d, its samples to %d", owner(outside), owner(w.Dir()),
			owner(filepath.Join(w.Dir(), samplesPath("web"))))
	}
}
