package results

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"netlab/loadgen"
)

// A spool keeps a sender's samples while the run goes: records of one length, one after the other.
// A reader finds whatever was written before a kill, and writing costs the measured machine no more
// than the copy. Parquet can't do either: a file without its footer is lost, and compressing competes
// with what is measured.
type spool struct {
	file *os.File
	buf  []byte
}

const (
	spoolHead  = "netlab samples 1\n" // what the file begins with
	recordSize = 5*8 + 2*4 + 2*2 + 1
)

func spoolPath(sender string) string { return samplesName + "/" + sender + ".spool" }

func createSpool(root *os.Root, name string) (*spool, error) {
	file, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	if _, err := file.WriteString(spoolHead); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &spool{file: file}, nil
}

// write adds a chunk of samples in one write.
func (s *spool) write(chunk []loadgen.Sample) error {
	s.buf = s.buf[:0]
	for i := range chunk {
		s.buf = appendRecord(s.buf, &chunk[i])
	}
	_, err := s.file.Write(s.buf)
	return err
}

func appendRecord(b []byte, s *loadgen.Sample) []byte {
	for _, instant := range [...]int64{s.Intended, s.Sent, s.FirstByte, s.Done, s.KernelRX} {
		b = binary.LittleEndian.AppendUint64(b, uint64(instant))
	}
	b = binary.LittleEndian.AppendUint32(b, s.Conn)
	b = binary.LittleEndian.AppendUint32(b, uint32(s.Errno))
	b = binary.LittleEndian.AppendUint16(b, s.Server)
	b = binary.LittleEndian.AppendUint16(b, s.Status)
	return append(b, byte(s.Phase))
}

func record(b []byte) loadgen.Sample {
	instant := func(i int) int64 { return int64(binary.LittleEndian.Uint64(b[8*i:])) }
	return loadgen.Sample{
		Intended: instant(0), Sent: instant(1), FirstByte: instant(2), Done: instant(3), KernelRX: instant(4),
		Conn: binary.LittleEndian.Uint32(b[40:]), Errno: syscall.Errno(binary.LittleEndian.Uint32(b[44:])),
		Server: binary.LittleEndian.Uint16(b[48:]), Status: binary.LittleEndian.Uint16(b[50:]),
		Phase: loadgen.Phase(b[52]),
	}
}

// readSpool hands the samples of a spool on, a few thousand at a time. Cut says that the last one is
// not whole, which a killed run leaves.
func readSpool(r io.Reader, use func([]loadgen.Sample) error) (cut bool, err error) {
	in := bufio.NewReaderSize(r, 1<<16)
	head := make([]byte, len(spoolHead))
	if _, err := io.ReadFull(in, head); err != nil || string(head) != spoolHead {
		return false, fmt.Errorf("it does not begin with %q", spoolHead)
	}
	var one [recordSize]byte
	chunk := make([]loadgen.Sample, 0, 4096)
	for {
		_, err := io.ReadFull(in, one[:])
		if err == nil {
			chunk = append(chunk, record(one[:]))
		}
		if err != nil || len(chunk) == cap(chunk) {
			if failed := use(chunk); failed != nil {
				return false, failed
			}
			chunk = chunk[:0]
		}
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return true, nil
		case err != nil:
			return false, err
		}
	}
}
