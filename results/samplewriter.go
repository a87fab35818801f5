package results

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"netlab/loadgen"
)

// partSpan is how much of the schedule one part holds, and so what a kill can lose.
const partSpan = 5 * time.Second

// A SampleWriter stores the samples of one sender. While the run goes they are written in parts
// (samples/web.0001.parquet …), each readable by itself, since a Parquet file without its footer
// is lost; Close joins them into samples/web.parquet. It belongs to one goroutine.
type SampleWriter struct {
	w      *Writer
	sender string

	parquet *parquet.GenericWriter[row]
	part    *os.File // nil between parts
	begun   int64    // intended time of the part's first row
	parts   []string
	rows    []row
}

// Samples begins to record a load or probe. Its name is unique in the run.
func (w *Writer) Samples(sender Sender) (*SampleWriter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if slices.ContainsFunc(w.manifest.Senders, func(s Sender) bool { return s.Name == sender.Name }) {
		return nil, fmt.Errorf("record %s: it exists already", sender.Name)
	}
	w.manifest.Senders = append(w.manifest.Senders, sender)
	if err := saveManifest(w.dir, &w.manifest); err != nil {
		return nil, err
	}
	return &SampleWriter{w: w, sender: sender.Name}, nil
}

func newParquetWriter(out io.Writer) *parquet.GenericWriter[row] {
	return parquet.NewGenericWriter[row](out,
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}),
		parquet.CreatedBy("netlab", "1", ""))
}

// Write stores a chunk of samples, in about the order in which they were due.
func (s *SampleWriter) Write(chunk []loadgen.Sample) error {
	if len(chunk) == 0 {
		return nil
	}
	if s.part != nil && chunk[0].Intended-s.begun >= int64(partSpan) {
		if err := s.endPart(); err != nil {
			return err
		}
	}
	if s.part == nil {
		if err := s.beginPart(chunk[0].Intended); err != nil {
			return err
		}
	}
	s.rows = s.rows[:0]
	for i := range chunk {
		s.rows = append(s.rows, newRow(&chunk[i], nil))
	}
	if _, err := s.parquet.Write(s.rows); err != nil {
		return fmt.Errorf("record samples of %s: %w", s.sender, err)
	}
	return nil
}

func (s *SampleWriter) beginPart(at int64) error {
	path := filepath.Join(s.w.dir, samplesName, fmt.Sprintf("%s.%04d.parquet", s.sender, len(s.parts)+1))
	part, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("record samples of %s: %w", s.sender, err)
	}
	s.part, s.begun, s.parts = part, at, append(s.parts, path)
	if s.parquet == nil {
		s.parquet = newParquetWriter(part)
	} else {
		s.parquet.Reset(part)
	}
	return nil
}

func (s *SampleWriter) endPart() error {
	err := errors.Join(s.parquet.Close(), s.part.Close())
	s.part = nil
	if err != nil {
		return fmt.Errorf("record samples of %s: %w", s.sender, err)
	}
	return nil
}

// Close ends the record: its parts become one file, with the servers' names out of the
// accounting, and the manifest tells what became of every request.
func (s *SampleWriter) Close(accounting loadgen.Accounting) error {
	if s.part != nil {
		if err := s.endPart(); err != nil {
			return err
		}
	}
	if err := s.join(accounting.Servers); err != nil {
		return fmt.Errorf("join samples of %s: %w", s.sender, err)
	}
	return s.w.Update(func(m *Manifest) {
		for i := range m.Senders {
			if m.Senders[i].Name == s.sender {
				m.Senders[i].Accounting = newAccounting(accounting)
			}
		}
	})
}

// join writes the one file beside the parts and removes them when it stands, so that a kill at
// any moment leaves the samples readable one way or the other.
func (s *SampleWriter) join(servers []string) error {
	path := samplesPath(s.w.dir, s.sender)
	whole, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	defer whole.Close()
	out := newParquetWriter(whole)
	for _, part := range s.parts {
		err := readRows(part, func(rows []row) error {
			for i := range rows {
				rows[i].resolve(servers)
			}
			_, err := out.Write(rows)
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	if err := os.Rename(whole.Name(), path); err != nil {
		return err
	}
	for _, part := range s.parts {
		if err := os.Remove(part); err != nil {
			return err
		}
	}
	return nil
}

func samplesPath(dir, sender string) string {
	return filepath.Join(dir, samplesName, sender+".parquet")
}
