package results

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"netlab/loadgen"
)

// A SampleWriter stores the samples of one sender: in a spool while the run goes, and in
// samples/web.parquet from Close on, when the servers' names are known. It belongs to one goroutine.
type SampleWriter struct {
	w      *Writer
	sender string
	spool  *spool
}

// Samples begins to record a load or probe. Its name is unique in the run.
func (w *Writer) Samples(sender Sender) (*SampleWriter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if slices.ContainsFunc(w.manifest.Senders, func(s Sender) bool { return s.Name == sender.Name }) {
		return nil, fmt.Errorf("record %s: it exists already", sender.Name)
	}
	w.manifest.Senders = append(w.manifest.Senders, sender)
	if err := saveManifest(w.root, &w.manifest); err != nil {
		return nil, err
	}
	spool, err := createSpool(w.root, spoolPath(sender.Name))
	if err != nil {
		return nil, fmt.Errorf("record samples of %s: %w", sender.Name, err)
	}
	return &SampleWriter{w: w, sender: sender.Name, spool: spool}, nil
}

// Write stores a chunk of samples, in about the order in which they were due. A kill after it loses
// none of them.
func (s *SampleWriter) Write(chunk []loadgen.Sample) error {
	if len(chunk) == 0 {
		return nil
	}
	if err := s.spool.write(chunk); err != nil {
		return fmt.Errorf("record samples of %s: %w", s.sender, err)
	}
	return nil
}

// Close ends the record: the samples become a Parquet file, with the servers' names out of the
// accounting, and the manifest tells what became of every request.
func (s *SampleWriter) Close(accounting loadgen.Accounting) error {
	err := errors.Join(s.encode(accounting.Servers), s.spool.file.Close())
	if err == nil {
		err = s.w.root.Remove(spoolPath(s.sender))
	}
	if err != nil {
		return fmt.Errorf("store samples of %s: %w", s.sender, err)
	}
	return s.w.Update(func(m *Manifest) {
		for i := range m.Senders {
			if m.Senders[i].Name == s.sender {
				m.Senders[i].Accounting = newAccounting(accounting)
			}
		}
	})
}

// encode writes the Parquet file beside the spool, which goes when it stands: a kill at any moment
// leaves the samples readable one way or the other.
func (s *SampleWriter) encode(servers []string) error {
	return replace(s.w.root, samplesPath(s.sender), func(file *os.File) error {
		out := parquet.NewGenericWriter[row](file,
			parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}),
			parquet.CreatedBy("netlab", "1", ""))
		var rows []row
		cut, err := readSpool(io.NewSectionReader(s.spool.file, 0, math.MaxInt64), func(samples []loadgen.Sample) error {
			rows = rows[:0]
			for i := range samples {
				rows = append(rows, newRow(&samples[i], servers))
			}
			_, err := out.Write(rows)
			return err
		})
		if cut {
			err = fmt.Errorf("%s is cut", spoolPath(s.sender))
		}
		return errors.Join(err, out.Close())
	})
}

func samplesPath(sender string) string { return samplesName + "/" + sender + ".parquet" }
