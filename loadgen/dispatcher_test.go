package loadgen

import (
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"netlab/scenarios/protocol"
)

// A net is a transport on which anything may happen: the test draws it.
type net struct {
	t          *rapid.T
	dispatcher *dispatcher
	open       map[*conn]bool
	sends      int
	opens      int
}

var refusals = []syscall.Errno{syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EADDRNOTAVAIL}

func (n *net) connect(c *conn) (bool, syscall.Errno) {
	if n.open[c] {
		n.t.Fatal("opens a connection that is open")
	}
	c.fd = int(c.id)
	n.opens++
	switch rapid.IntRange(0, 3).Draw(n.t, "connect") {
	case 0:
		return false, rapid.SampledFrom(refusals).Draw(n.t, "why")
	case 1:
		n.open[c] = true
		return true, 0
	}
	n.open[c] = true
	return false, 0
}

func (n *net) send(c *conn) syscall.Errno {
	if !n.open[c] || !c.busy {
		n.t.Fatal("sends on a connection that is not open, or without a request")
	}
	n.sends++
	if rapid.IntRange(0, 9).Draw(n.t, "send") == 0 {
		return syscall.EPIPE
	}
	c.unsent = nil
	return 0
}

func (n *net) reset(c *conn) { n.close(c) }

func (n *net) close(c *conn) {
	delete(n.open, c)
	c.fd = -1
}

// happen lets something happen on a connection.
func (n *net) happen(c *conn) {
	d := n.dispatcher
	if c.state == connClosed {
		return
	}
	switch {
	case c.state == connOpening && rapid.Bool().Draw(n.t, "opened"):
		d.opened(c)
	case c.state == connOpening:
		d.lost(c, syscall.ECONNREFUSED)
	default:
		answer := rapid.SampledFrom([]string{
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "h", "hi", "hi, and more",
			"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
			"HTTP/1.0 200 OK\r\n\r\nuntil the end", "nonsense\r\n", "end", "reset",
		}).Draw(n.t, "answer")
		switch answer {
		case "end":
			d.lost(c, 0)
		case "reset":
			d.lost(c, syscall.ECONNRESET)
		default:
			d.received(c, []byte(answer), 0)
		}
	}
}

type countingRecorder struct {
	samples []Sample
}

func (r *countingRecorder) Record(s *Sample) { r.samples = append(r.samples, *s) }

// TestBooksBalance: whatever happens on the network and however the run ends, each request that came due
// has one sample, the books add up, and nothing is left open.
func TestBooksBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Plan{
			Protocol: rapid.SampledFrom([]protocol.Name{protocol.HTTP, protocol.HTTP, protocol.TCPConnect, protocol.TCPEcho}).
				Draw(t, "protocol"),
			Connections:      rapid.IntRange(1, 4).Draw(t, "connections"),
			FreshConnections: rapid.Bool().Draw(t, "fresh"),
			MaxWaiting:       rapid.IntRange(0, 3).Draw(t, "waiting"),
			Timeout:          time.Duration(rapid.SampledFrom([]int64{1, 1e4, 1e12}).Draw(t, "timeout")),
			Start:            Now(),
			Duration:         time.Hour,
		}
		if rapid.Bool().Draw(t, "open loop") {
			p.Pacer = Constant(rapid.SampledFrom([]float64{1e3, 1e6, 1e8}).Draw(t, "rate"))
		} else {
			p.Think = time.Duration(rapid.SampledFrom([]int64{0, 1e4}).Draw(t, "think"))
		}
		rec := &countingRecorder{}
		d := newDispatcher(p, rec)
		n := &net{t: t, dispatcher: d, open: map[*conn]bool{}}
		d.net = n
		d.begin()
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			if d.acct.Offered > 200 { // enough
				d.due, d.ended = never, true
			}
			d.advance()
			n.happen(&d.conns[rapid.IntRange(0, len(d.conns)-1).Draw(t, "connection")])
			checkLists(t, d)
		}
		acct := d.finish()
		sum := acct.Answered + acct.Shed + acct.Open
		for _, k := range acct.Failed {
			sum += k
		}
		if sum != acct.Offered || uint64(len(rec.samples)) != acct.Offered {
			t.Fatalf("%d offered, %d accounted for, %d samples: %+v", acct.Offered, sum, len(rec.samples), acct)
		}
		if len(n.open) > 0 {
			t.Fatalf("%d connections left open", len(n.open))
		}
		for _, x := range rec.samples {
			if x.OK() && (x.Sent < x.Intended || x.Done < x.Sent) || x.Phase == PhaseWait && x.Sent != 0 {
				t.Fatalf("%+v", x)
			}
		}
	})
}

// checkLists: every connection stands in exactly one queue, and only those with a request among the busy.
func checkLists(t *rapid.T, d *dispatcher) {
	seen := map[*conn]bool{}
	for name, l := range map[string]*list{"ready": &d.ready, "busy": &d.busy, "resting": &d.resting, "pausing": &d.pausing} {
		for c := l.first; c != nil; c = c.next {
			if seen[c] {
				t.Fatalf("connection %d stands in two queues", c.id)
			}
			seen[c] = true
			if c.busy != (name == "busy") {
				t.Fatalf("connection %d is %s, busy %t", c.id, name, c.busy)
			}
		}
	}
	if len(seen) != len(d.conns) {
		t.Fatalf("%d of %d connections stand in a queue", len(seen), len(d.conns))
	}
}

func TestWindow(t *testing.T) {
	w := window{timeout: 100}
	for i := range int64(3) {
		w.push(datagram{sent: i * 10})
	}
	w.find(1).state = answered
	if w.expired(99) != nil || w.nextExpiry() != 100 {
		t.Fatalf("expires at %d", w.nextExpiry())
	}
	if d := w.expired(130); d == nil || d.sent != 0 || d.state != lost {
		t.Fatalf("%+v", d)
	}
	if d := w.expired(130); d == nil || d.sent != 20 {
		t.Fatalf("%+v", d)
	}
	if w.expired(130) != nil || w.nextExpiry() != never {
		t.Fatal("the answered one expires")
	}
	w.forget(199)
	if w.find(0) == nil {
		t.Fatal("forgotten before two timeouts")
	}
	w.forget(210)
	if w.find(0) != nil || w.find(1) != nil || w.find(2) == nil || w.next() != 3 {
		t.Fatalf("%+v", w)
	}
}

func TestRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r ring[int]
		var want []int
		for i := range rapid.IntRange(0, 500).Draw(t, "steps") {
			if len(want) > 0 && rapid.IntRange(0, 2).Draw(t, "pop") == 0 {
				if got := r.pop(); got != want[0] {
					t.Fatalf("pop %d, want %d", got, want[0])
				}
				want = want[1:]
				continue
			}
			r.push(i)
			want = append(want, i)
		}
		for i, v := range want {
			if *r.at(i) != v {
				t.Fatalf("at %d: %d, want %d", i, *r.at(i), v)
			}
		}
	})
}
