package results

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"netlab/sim/event"
)

const (
	eventsName   = "events.jsonl"
	scenarioName = "scenario.yaml"
	samplesName  = "samples"
)

// A Writer records one run. Its methods may be called from any goroutine.
type Writer struct {
	dir string

	mu       sync.Mutex
	manifest Manifest
	events   *os.File
	failed   error // the first event that could not be written
}

// Create makes the folder ROOT/<UTC time>-<scenario>-<short id> and begins a bundle in it.
// The manifest's schema, scenario name and start are filled in; Update fills in the rest.
func Create(root, scenario string, now time.Time) (*Writer, error) {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, fmt.Errorf("create bundle: %w", err)
	}
	dir, err := makeRunDir(root, scenario, now)
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(filepath.Join(dir, samplesName), 0o755); err != nil {
		return nil, fmt.Errorf("create bundle: %w", err)
	}
	events, err := os.OpenFile(filepath.Join(dir, eventsName), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("create bundle: %w", err)
	}
	if _, err := events.Write(eventsHeadLine()); err != nil {
		events.Close()
		return nil, fmt.Errorf("create bundle: %w", err)
	}
	w := &Writer{dir: dir, events: events}
	w.manifest.Schema = Schema
	w.manifest.Scenario.Name = scenario
	w.manifest.Started = now.UTC()
	if err := saveManifest(dir, &w.manifest); err != nil {
		events.Close()
		return nil, err
	}
	return w, nil
}

// makeRunDir tries short ids until one is free: two runs may start in the same second.
func makeRunDir(root, scenario string, now time.Time) (string, error) {
	for {
		var id [3]byte
		rand.Read(id[:]) // never fails
		name := fmt.Sprintf("%s-%s-%x", now.UTC().Format("20060102T150405Z"), scenario, id)
		dir := filepath.Join(root, name)
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("create bundle: %w", err)
		}
	}
}

// Dir is the bundle's folder.
func (w *Writer) Dir() string { return w.dir }

// Scenario stores the scenario as resolved.
func (w *Writer) Scenario(yaml []byte) error {
	if err := replaceFile(filepath.Join(w.dir, scenarioName), yaml); err != nil {
		return err
	}
	sum := sha256.Sum256(yaml)
	return w.Update(func(m *Manifest) { m.Scenario.SHA256 = hex.EncodeToString(sum[:]) })
}

// Update changes the manifest and stores it, so that a killed run leaves what was known.
func (w *Writer) Update(change func(*Manifest)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.manifest)
	return saveManifest(w.dir, &w.manifest)
}

// Event records an event. It is an event.Sink: an event that cannot be written is reported by
// Close, since whoever says that a namespace was built cannot mend a full disk.
func (w *Writer) Event(e event.Event) {
	line, err := json.Marshal(e)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		// One write per event: after a kill the file ends with the last event told.
		_, err = w.events.Write(append(line, '\n'))
	}
	if err != nil && w.failed == nil {
		w.failed = fmt.Errorf("record event %s: %w", e.What.Kind(), err)
	}
}

// Close ends the bundle of a run that came to its end (also by a failure that it tells of in its
// events): the manifest then says that it is complete, and holds every file's hash.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := errors.Join(w.failed, w.events.Close())
	if err != nil {
		return fmt.Errorf("close bundle: %w", err)
	}
	w.manifest.Complete = true
	if w.manifest.Files, err = hashFiles(w.dir); err != nil {
		return err
	}
	return saveManifest(w.dir, &w.manifest)
}

// hashFiles lists every file of the bundle but the manifest, which cannot hold its own hash.
func hashFiles(dir string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == manifestName {
			return err
		}
		file, err := hashFile(path)
		file.Path = filepath.ToSlash(name)
		files = append(files, file)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("hash bundle: %w", err)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

func hashFile(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return File{Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// Chown gives the bundle to a user: under sudo the run belongs to whoever asked for it.
func Chown(dir string, uid, gid int) error {
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
	if err != nil {
		return fmt.Errorf("give bundle to user %d: %w", uid, err)
	}
	return nil
}
