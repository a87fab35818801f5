// Package loadgen makes load whose latencies can be believed: open loop by default, latency
// counted from the intended send time, every offered request accounted for.
//
// A Plan says what to send; an Engine sends it from one locked thread and hands every request's
// Sample to a Recorder. The package builds no network: it is given a namespace's descriptor.
package loadgen

import (
	"context"
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"netlab/scenarios/protocol"
)

// A Protocol is what one request of a plan is. Package protocol says what is known of each.
type Protocol = protocol.Name

// TCPConnect is a fresh TCP connection, closed by RST once established.
const TCPConnect = protocol.TCPConnect

// A Direction is the way that bulk bytes take, seen from the client.
type Direction string

const (
	Up   Direction = "up" // the zero value means Up as well
	Down Direction = "down"
)

// A Plan is a schedule of requests from one network namespace to one address.
type Plan struct {
	Name     string
	NetNS    int          // descriptor of the client's network namespace; -1: the caller's own
	Source   netip.Addr   // zero: the kernel chooses
	Sources  []netip.Addr // instead of Source: connections take these in turn
	Protocol protocol.Name
	Target   netip.AddrPort
	Method   string // HTTP; "": GET
	Host     string // HTTP Host header; "": the target's address
	Path     string // HTTP; "": /
	Size     int    // payload bytes of an echo; 0: 64

	Insecure bool   // HTTPS, HTTP2: take any certificate
	Trust    []byte // HTTPS, HTTP2: PEM certificates to trust instead of the system's
	Streams  int    // HTTP2: requests at a time on a connection; 0: one

	Direction  Direction // of bulk bytes
	Congestion string    // congestion control of bulk streams; "": the namespace's

	Pacer Pacer         // nil: closed loop
	Think time.Duration // closed loop: pause between answer and next request
	// Connections is how many connections there are at most. A kept connection is opened before
	// the schedule begins, and each takes its turn. 0: one; for fresh connections as many as the
	// rate can have open until they time out.
	Connections int
	// FreshConnections opens a new connection for every request (HTTP).
	FreshConnections bool
	// Timeout bounds the wait for a free connection, from when the request was due, and after
	// that the wait for its answer, from when it was sent.
	Timeout time.Duration
	Pace    Pace
	// KernelStamps has the kernel stamp what it sends and receives. What remains of a request's time
	// outside of the two stamps is the client's own share.
	KernelStamps bool
	MaxWaiting   int // open loop: intended requests that may wait for a connection; beyond that they are shed

	Start    int64         // CLOCK_MONOTONIC nanoseconds of the schedule's zero
	Duration time.Duration // intended times lie in [Start, Start+Duration)
}

// Pace is what punctuality may cost. Waking an idle core takes some 50 µs, which only a thread
// that does not sleep can hide.
type Pace uint8

const (
	Balanced Pace = iota // sleeps until 60 µs before a request is due, then polls
	Precise              // polls through gaps shorter than 150 µs and while an answer is awaited
	Cheap                // sleeps until the request is due, and sends some 50 µs late
)

// A Pacer says when requests are due. It is a pure value: seeded, without a clock.
type Pacer interface {
	// Next returns when request n (from 0) is due, counted from the schedule's zero, or
	// stop when there is none. Calls come in order of n.
	Next(n uint64) (due time.Duration, stop bool)
	// Rate is the intended rate at an instant, in requests a second.
	Rate(at time.Duration) float64
}

// A Phase of a request is where it was when it failed.
type Phase uint8

const (
	PhaseNone      Phase = iota // it did not fail
	PhaseConnect                // before the connection stood
	PhaseFirstByte              // sent, no byte of the answer yet
	PhaseBody                   // within the answer
	PhaseShed                   // never sent: too many were waiting
	PhaseOpen                   // still unanswered at the end of the run
	PhaseWait                   // never sent: no connection came free within the timeout
)

// Errnos that stand for failures without a system call's error.
const (
	ErrTimeout  = syscall.ETIMEDOUT // the plan's timeout passed
	ErrProtocol = syscall.EPROTO    // the answer was malformed
	ErrClosed   = syscall.EPIPE     // the peer closed before the answer was whole
	ErrStatus   = syscall.EBADMSG   // an HTTP status of 400 or more
)

// A Sample is one offered request. Times are CLOCK_MONOTONIC nanoseconds, 0 where it never
// came so far.
type Sample struct {
	Intended  int64 // when it was due
	Sent      int64 // when it was really sent (connect or first write)
	FirstByte int64
	Done      int64 // answer whole, or failure known
	KernelTX  int64 // the kernel's stamp of the request, where the plan asks for it: of one in 16
	KernelRX  int64 // the kernel's stamp of the answer's last segment, where the plan asks for it
	Conn      uint32
	Server    uint16 // index into Accounting.Servers: the instance that answered; 0: unknown
	Status    uint16 // HTTP status
	Bytes     uint32 // bulk: bytes that got through
	Phase     Phase  // PhaseNone: answered
	Errno     syscall.Errno
}

// OK says whether the request was answered.
func (s *Sample) OK() bool { return s.Phase == PhaseNone }

// A Recorder takes samples on the engine's own thread: it must neither block nor allocate much.
// The sample is only valid during the call.
type Recorder interface{ Record(s *Sample) }

// A Failure is a class of failed requests.
type Failure struct {
	Phase Phase
	Errno syscall.Errno
}

// MarshalText writes the failure as two numbers, "1:111", for processes of one netlab among each other.
func (f Failure) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%d:%d", f.Phase, f.Errno), nil
}

// UnmarshalText reads what MarshalText writes.
func (f *Failure) UnmarshalText(text []byte) error {
	if _, err := fmt.Sscanf(string(text), "%d:%d", &f.Phase, &f.Errno); err != nil {
		return fmt.Errorf("read failure %q: %w", text, err)
	}
	return nil
}

// Accounting says what became of every offered request:
// Offered = Answered + ΣFailed + Shed + Open.
type Accounting struct {
	Offered, Sent, Answered, Shed, Open uint64
	Failed                              map[Failure]uint64
	Servers                             []string // names that answered; index 0 is ""
	Connects                            uint64   // connections opened
	Nice                                int      // niceness of the engine's thread: −10 where it was allowed
	Datagrams                           Datagrams
	Bulk                                []BulkStream // one for each connection
}

// Datagrams are what became of a UDP echo's answers beside those that came once and in time.
type Datagrams struct {
	Lost       uint64 // no answer within the timeout
	Late       uint64 // of these: the answer came after it
	Duplicated uint64 // answers to what was answered already
	Reordered  uint64 // answers that came after one to a datagram sent later on the same socket (RFC 4737)
	Corrupt    uint64 // answers whose bytes are not those sent
}

// A BulkStream is what the kernel says of one bulk connection at its end.
type BulkStream struct {
	Bytes       uint64 // up: acknowledged by the peer; down: received
	Congestion  string // congestion control in force
	MSS         uint32
	Retransmits uint32 // segments sent again
}

// An Engine sends plans. Run returns when every request of the plan is accounted for, or soon
// after ctx ends (requests still unanswered then count as open).
type Engine interface {
	// Probe returns nil, an error that wraps errors.ErrUnsupported with the reason, or
	// another error.
	Probe(ctx context.Context) error
	Run(ctx context.Context, p Plan, rec Recorder) (Accounting, error)
}
