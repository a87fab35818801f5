package results

import (
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
	whole := samplesPath(b.Dir, sender)
	if _, err := os.Stat(whole); !errors.Is(err, fs.ErrNotExist) {
		reader := newRowReader()
		if err := reader.read(whole); err != nil {
			return nil, err
		}
		return &reader.samples, nil
	}
	b.damaged("samples of %s: the stream did not come to its end", sender)
	f, err := os.Open(spoolPath(b.Dir, sender))
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
		return nil, fmt.Errorf("%s: %w", filepath.Base(f.Name()), err)
	}
	if cut {
		b.damaged("samples/%s ends in the middle of a sample", filepath.Base(f.Name()))
	}
	return samples, nil
}

// partsV1 reads what an earlier netlab left when it was killed: parts of five seconds, each a
// Parquet file, of which the last has no footer.
func (b *Bundle) partsV1(sender string) (*Samples, error) {
	parts, err := filepath.Glob(filepath.Join(b.Dir, samplesName, sender+".[0-9][0-9][0-9][0-9]*.parquet"))
	if err != nil {
		return nil, err
	}
	reader := newRowReader()
	for _, part := range parts {
		err := reader.read(part)
		if errors.Is(err, errNoFooter) && !b.Manifest.Complete {
			b.damaged("samples/%s has no footer: its rows are lost", filepath.Base(part))
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	return &reader.samples, nil
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
