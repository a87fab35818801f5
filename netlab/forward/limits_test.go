package forward_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/kernel"
)

// small is slb.s1.small with its documented limit of connections and no other.
var small = limited(5000, 1000000)

func TestMaxConnectionsIsExact(t *testing.T) {
	b := openLab(t, frankfurt, small, web("wrr"))
	crowd := newCrowd(t, b.ecs1)
	const tried, step = 6000, 500
	for opened := 0; opened < tried; opened += step {
		crowd.open(step, b.frontend)
		// Each request is either answered or dropped; a dropped one is sent again after 1 s.
		crowd.await(func() bool { return crowd.connected+b.dropped() >= opened+step })
	}
	if crowd.connected != 5000 {
		t.Errorf("%d of %d connections opened, want 5000", crowd.connected, tried)
	}
	if _, err := dial(b.ecs1, b.frontend.String(), patience); err == nil {
		t.Error("connection 5001 was opened")
	}

	crowd.close()
	crowd.await(func() bool {
		c, err := dial(b.ecs1, b.frontend.String(), patience)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// Stalls of this machine can only take connections away, so the lower bound holds if it holds
// in one of three tries, and the upper one in each.
func TestNewConnectionsPerSecondAreHeld(t *testing.T) {
	const rate = 1000
	for try := 1; ; try++ {
		got, seconds := admitted(t, rate)
		least, most := 0.95*rate*seconds, 1.05*rate*seconds
		if got > most || got < least && try == 3 {
			t.Fatalf("%.0f connections in %.2f s at a limit of %d/s, want %.0f to %.0f", got, seconds, rate, least, most)
		}
		if got >= least {
			return
		}
	}
}

// admitted is how many connections a node at a limit took in three seconds of more than that.
func admitted(t *testing.T, rate int) (connections, seconds float64) {
	b := openLab(t, frankfurt, limited(100000, rate), web("wrr"))
	crowd := newCrowd(t, b.ecs1)
	start := time.Now()
	for time.Since(start) < 3*time.Second {
		crowd.open(8, b.frontend)
		if len(crowd.pending) > 512 {
			crowd.close()
		}
	}
	seconds = time.Since(start).Seconds()
	c, err := b.clbB.Counters()
	must(t, err)
	if c.DropConnection == 0 {
		t.Fatalf("only %d connections tried in %.1f s: the limit was not reached", c.NewConnection, seconds)
	}
	return float64(c.NewConnection), seconds
}

func TestCountersUseTheCloudsNames(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	open, _ := b.connect()
	must(t, echo(open, answerTime))
	c, err := b.clbB.Counters()
	must(t, err)
	if c.ActiveConnection != 1 || c.NewConnection != 1 || c.DropConnection != 0 {
		t.Errorf("one open connection: %+v", c)
	}
	if c.PacketRX < 3 || c.PacketTX < 2 || c.BytesRX <= c.PacketRX || c.BytesTX <= c.PacketTX {
		t.Errorf("traffic: %+v", c)
	}
}

// dropped is how many connection requests the active node has dropped.
func (b *lab) dropped() int {
	b.t.Helper()
	c, err := b.clbB.Counters()
	must(b.t, err)
	return int(c.DropConnection)
}

// A crowd is many non-blocking connections from one host.
type crowd struct {
	t         testing.TB
	host      *kernel.Namespace
	pending   []unix.PollFd
	done      []int
	connected int
}

func newCrowd(t testing.TB, host *kernel.Namespace) *crowd {
	c := &crowd{t: t, host: host}
	t.Cleanup(c.close)
	return c
}

func (c *crowd) open(n int, to netip.AddrPort) {
	c.t.Helper()
	must(c.t, c.host.Do(func() error {
		for range n {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				return err
			}
			c.pending = append(c.pending, unix.PollFd{Fd: int32(fd), Events: unix.POLLOUT})
			err = unix.Connect(fd, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())})
			if err != nil && !errors.Is(err, unix.EINPROGRESS) {
				return err
			}
		}
		return nil
	}))
}

// await looks after the connections until the condition holds.
func (c *crowd) await(holds func() bool) {
	c.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			c.t.Fatalf("waited 30 s: %d connected, %d pending", c.connected, len(c.pending))
		}
		if _, err := unix.Poll(c.pending, 10); err != nil && !errors.Is(err, unix.EINTR) {
			c.t.Fatal(err)
		}
		kept := c.pending[:0]
		for _, p := range c.pending {
			switch {
			case p.Revents&(unix.POLLERR|unix.POLLHUP) != 0:
				code, _ := unix.GetsockoptInt(int(p.Fd), unix.SOL_SOCKET, unix.SO_ERROR)
				c.t.Fatalf("connect: %v", unix.Errno(code))
			case p.Revents&unix.POLLOUT != 0:
				c.connected++
				c.done = append(c.done, int(p.Fd))
			default:
				kept = append(kept, p)
			}
		}
		c.pending = kept
	}
}

func (c *crowd) close() {
	for _, p := range c.pending {
		unix.Close(int(p.Fd))
	}
	for _, fd := range c.done {
		unix.Close(fd)
	}
	c.pending, c.done, c.connected = nil, nil, 0
}
