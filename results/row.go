package results

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"netlab/loadgen"
)

// A row is one request or probe as the Parquet files hold it. Instants that were never reached
// are null; names are spelt out, so that any Parquet reader shows them as they are.
type row struct {
	Intended  int64  `parquet:"intended_ns,delta"`
	Sent      int64  `parquet:"sent_ns,optional,delta"`
	FirstByte int64  `parquet:"first_byte_ns,optional,delta"`
	Done      int64  `parquet:"done_ns,optional,delta"`
	KernelRX  int64  `parquet:"kernel_rx_ns,optional,delta"`
	Conn      int64  `parquet:"conn,delta"`
	Server    string `parquet:"server,dict"`
	Status    int32  `parquet:"status,dict"`
	Phase     string `parquet:"phase,dict"`
	Errno     string `parquet:"errno,dict"`
}

func newRow(s *loadgen.Sample, servers []string) row {
	return row{
		Intended: s.Intended, Sent: s.Sent, FirstByte: s.FirstByte, Done: s.Done, KernelRX: s.KernelRX,
		Conn: int64(s.Conn), Server: serverName(s.Server, servers), Status: int32(s.Status),
		Phase: phaseName(s.Phase), Errno: ErrnoName(s.Errno),
	}
}

// serverName is the name of the server with that index. The engine alone knows the names, until it
// hands them over with its accounting: of a killed run, "#3" stands for the third.
func serverName(index uint16, servers []string) string {
	switch {
	case index == 0:
		return ""
	case int(index) < len(servers):
		return servers[index]
	}
	return "#" + strconv.Itoa(int(index))
}

// A rowReader turns rows back into samples, one sender at a time. It remembers what it has
// looked up: a sender has few servers, phases and errnos, and very many rows.
type rowReader struct {
	samples Samples
	index   map[string]uint16
	failure map[[2]string]loadgen.Failure
}

func newRowReader() *rowReader {
	return &rowReader{
		samples: Samples{Servers: []string{""}},
		index:   map[string]uint16{"": 0},
		failure: make(map[[2]string]loadgen.Failure),
	}
}

// read adds the rows of a Parquet file.
func (rr *rowReader) read(root *os.Root, name string) error {
	return readRows(root, name, func(rows []row) error {
		for i := range rows {
			s, err := rr.sample(&rows[i])
			if err != nil {
				return err
			}
			rr.samples.Rows = append(rr.samples.Rows, s)
		}
		return nil
	})
}

func (rr *rowReader) sample(r *row) (loadgen.Sample, error) {
	failure, known := rr.failure[[2]string{r.Phase, r.Errno}]
	if !known {
		phase, err := phaseFromName(r.Phase)
		if err != nil {
			return loadgen.Sample{}, err
		}
		errno, err := errnoFromName(r.Errno)
		if err != nil {
			return loadgen.Sample{}, err
		}
		failure = loadgen.Failure{Phase: phase, Errno: errno}
		rr.failure[[2]string{strings.Clone(r.Phase), strings.Clone(r.Errno)}] = failure
	}
	server, known := rr.index[r.Server]
	if !known {
		if len(rr.samples.Servers) > math.MaxUint16 {
			return loadgen.Sample{}, fmt.Errorf("more than %d servers", math.MaxUint16)
		}
		name := strings.Clone(r.Server) // the row's strings live in the reader's buffers
		server = uint16(len(rr.samples.Servers))
		rr.samples.Servers = append(rr.samples.Servers, name)
		rr.index[name] = server
	}
	return loadgen.Sample{
		Intended: r.Intended, Sent: r.Sent, FirstByte: r.FirstByte, Done: r.Done, KernelRX: r.KernelRX,
		Conn: uint32(r.Conn), Server: server, Status: uint16(r.Status),
		Phase: failure.Phase, Errno: failure.Errno,
	}, nil
}
