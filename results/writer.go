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
	dir  string
	root *os.Root

	mu       sync.Mutex
	manifest Manifest
	events   *os.File
	failed   error // the first event that could not be written
}

// Create makes a folder <UTC time>-<scenario>-<short id> and begins a bundle in it. The manifest's schema, scenario name and start are
// filled in; Update fills in the rest.
func (f *Folder) Create(scenario string, now time.Time) (*Writer, error) {
	w := &Writer{}
	if err := w.begin(f, scenario, now); err != nil {
		return nil, fmt.Errorf("create bundle: %w", err)
	}
	return w, nil
}

func (w *Writer) begin(f *Folder, scenario string, now time.Time) error {
	name, err := makeRunDir(f.root, scenario, now)
	if err != nil {
		return err
	}
	w.dir = filepath.Join(f.path, name)
	if w.root, err = f.root.OpenRoot(name); err != nil {
		return err
	}
	if err := w.root.Mkdir(samplesName, 0o755); err != nil {
		return err
	}
	w.events, err = w.root.OpenFile(eventsName, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	w.manifest.Schema = Schema
	w.manifest.Scenario.Name = scenario
	w.manifest.Started = now.UTC()
	if _, err = w.events.Write(eventsHeadLine()); err == nil {
		err = saveManifest(w.root, &w.manifest)
	}
	if err != nil {
		w.events.Close()
	}
	return err
}

// makeRunDir tries short ids until one is free: two runs may start in the same second.
func makeRunDir(root *os.Root, scenario string, now time.Time) (name string, err error) {
	for {
		var id [3]byte
		rand.Read(id[:]) // never fails
		name := fmt.Sprintf("%s-%s-%x", now.UTC().Format("20060102T150405Z"), scenario, id)
		if err := root.Mkdir(name, 0o755); !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

// Dir is the bundle's folder, as people know it.
func (w *Writer) Dir() string { return w.dir }

// Scenario stores the scenario as resolved.
func (w *Writer) Scenario(yaml []byte) error {
	if err := replaceFile(w.root, scenarioName, yaml); err != nil {
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
	return saveManifest(w.root, &w.manifest)
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
	if w.manifest.Files, err = hashFiles(w.root); err != nil {
		return err
	}
	return saveManifest(w.root, &w.manifest)
}

// hashFiles lists every file of the bundle but the manifest, which cannot hold its own hash.
func hashFiles(root *os.Root) ([]File, error) {
	var files []File
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == manifestName {
			return err
		}
		file, err := hashFile(root, name)
		files = append(files, file)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("hash bundle: %w", err)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

func hashFile(root *os.Root, name string) (File, error) {
	f, err := openFile(root, name)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return File{Path: name, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}
