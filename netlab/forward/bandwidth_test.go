package forward_test

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The rate of what arrives is counted over a second in the middle of a transfer. It is a quotient
// of a count and a measured time, so a slow machine does not change it, as long as it can move
// that much at all.
func TestBandwidthIsLimited(t *testing.T) {
	for _, megabits := range []uint64{100, 1000} {
		t.Run(strconv.FormatUint(megabits, 10), func(t *testing.T) {
			b := openLab(t, frankfurt, unlimited, web("wrr"))
			bulk(t, b)
			must(t, b.eniVPC.Limit(megabits*1_000_000))
			must(t, b.eniFabric.Limit(megabits*1_000_000))
			c, err := dial(b.ecs1, b.frontend.String(), answerTime)
			must(t, err)
			defer c.Close()
			got := rateOf(t, c) / float64(megabits*1_000_000)

			if got < 0.95 || got > 1.05 {
				t.Errorf("%d Mbit/s: received %.1f %%", megabits, 100*got)
			}
		})
	}
}

// bulk replaces the servers of the lab by ones that send as fast as they can.
func bulk(t *testing.T, b *lab) {
	t.Helper()
	var l net.Listener
	at := b.backend2Slot.Addr().String() + ":9999"
	must(t, b.ecs2.Do(func() (err error) { l, err = net.Listen("tcp4", at); return }))
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				// Whatever the machine's default is: reno keeps a queue filled.
				raw, err := c.(*net.TCPConn).SyscallConn()
				if err != nil {
					return
				}
				raw.Control(func(fd uintptr) {
					unix.SetsockoptString(int(fd), unix.IPPROTO_TCP, unix.TCP_CONGESTION, "reno")
				})
				for buffer := make([]byte, 256<<10); ; {
					if _, err := c.Write(buffer); err != nil {
						return
					}
				}
			}()
		}
	}()
	slot := b.backend2Slot
	b.setSlots(netip.AddrPortFrom(slot.Addr(), 9999))
}

// rateOf reads for two seconds and returns the bit/s of the second one.
func rateOf(t *testing.T, c net.Conn) float64 {
	t.Helper()
	buffer := make([]byte, 256<<10)
	read := func(until time.Time) (total int) {
		for time.Now().Before(until) {
			n, err := c.Read(buffer)
			total += n
			if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
				t.Fatal("the transfer ended")
			}
			must(t, err)
		}
		return total
	}
	c.SetDeadline(time.Now().Add(answerTime))
	read(time.Now().Add(time.Second))
	from := time.Now()
	total := read(from.Add(time.Second))
	return float64(total) * 8 / time.Since(from).Seconds()
}
