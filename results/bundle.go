package results

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"

	"netlab/loadgen"
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
}

// Open reads a bundle. A run that was killed opens with what it has, and Damage says what is
// missing; only a folder without a readable manifest is an error.
func Open(dir string) (*Bundle, error) {
	manifest, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	b := &Bundle{Dir: dir, Manifest: manifest}
	if !manifest.Complete {
		b.damaged("the run did not come to its end")
	}
	if err := b.readEvents(); err != nil {
		return nil, err
	}
	b.Scenario, err = os.ReadFile(filepath.Join(dir, scenarioName))
	if errors.Is(err, fs.ErrNotExist) {
		b.damaged("%s is missing", scenarioName)
	} else if err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	return b, nil
}

func (b *Bundle) damaged(format string, args ...any) {
	b.Damage = append(b.Damage, fmt.Sprintf(format, args...))
}

func (b *Bundle) readEvents() error {
	f, err := os.Open(filepath.Join(b.Dir, eventsName))
	if errors.Is(err, fs.ErrNotExist) {
		b.damaged("%s is missing", eventsName)
		return nil
	}
	if err != nil {
		return fmt.Errorf("open bundle: %w", err)
	}
	defer f.Close()
	lines := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if len(line) > 0 {
				b.damaged("%s ends in the middle of line %d", eventsName, n)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", eventsName, err)
		}
		var e event.Event
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("read %s:%d: %w", eventsName, n, err)
		}
		b.Events = append(b.Events, e)
	}
}

// Samples are the recorded requests of one sender.
type Samples struct {
	Rows    []loadgen.Sample
	Servers []string // names that Sample.Server points into; index 0 is ""
}

// Samples reads those of one load or probe. Parts that a killed run left without a footer are skipped and added to
// Damage.
func (b *Bundle) Samples(sender string) (*Samples, error) {
	paths := []string{samplesPath(b.Dir, sender)}
	if _, err := os.Stat(paths[0]); errors.Is(err, fs.ErrNotExist) {
		pattern := filepath.Join(b.Dir, samplesName, sender+".[0-9][0-9][0-9][0-9]*.parquet")
		if paths, err = filepath.Glob(pattern); err != nil {
			return nil, fmt.Errorf("read samples of %s: %w", sender, err)
		}
		b.damaged("samples of %s: the stream did not come to its end", sender)
	}
	reader := newRowReader()
	samples := &Samples{}
	for _, path := range paths {
		err := readRows(path, func(rows []row) error {
			for i := range rows {
				s, err := reader.sample(&rows[i])
				if err != nil {
					return err
				}
				samples.Rows = append(samples.Rows, s)
			}
			return nil
		})
		if errors.Is(err, errNoFooter) && !b.Manifest.Complete {
			b.damaged("samples/%s has no footer: its rows are lost", filepath.Base(path))
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read samples of %s: %w", sender, err)
		}
	}
	samples.Servers = reader.servers
	return samples, nil
}

var errNoFooter = errors.New("no Parquet footer")

// readRows hands the rows of one Parquet file on, a few thousand at a time.
func readRows(path string, use func([]row) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !hasFooter(f, info.Size()) {
		return fmt.Errorf("%s: %w", filepath.Base(path), errNoFooter)
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	reader := parquet.NewGenericReader[row](file)
	defer reader.Close()
	rows := make([]row, 4096)
	for {
		n, err := reader.Read(rows)
		if n > 0 {
			if err := use(rows[:n]); err != nil {
				return fmt.Errorf("%s: %w", filepath.Base(path), err)
			}
			clear(rows[:n])
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
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
