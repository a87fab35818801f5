package forward_test

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The rate of what arrives is a count over a measured time, so a slow machine does not change it as
// long as it can move that much: the median of many short windows leaves out those in which it
// could not.
func TestBandwidthIsLimited(t *testing.T) {
	for _, megabits := range []uint64{100, 400} {
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

// rateOf reads for a while and returns the median bit/s of its windows.
func rateOf(t *testing.T, c net.Conn) float64 {
	t.Helper()
	const windows, length = 15, 200 * time.Millisecond
	buffer := make([]byte, 256<<10)
	var rates []float64
	for len(rates) < windows {
		c.SetDeadline(time.Now().Add(answerTime))
		total, from := 0, time.Now()
		for time.Since(from) < length {
			n, err := c.Read(buffer)
			must(t, err)
			total += n
		}
		rates = append(rates, float64(total)*8/time.Since(from).Seconds())
	}
	slices.Sort(rates)
	return rates[windows/2]
}
