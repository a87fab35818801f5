package forward

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"

	"netlab/sim/cloud"
)

// conntrackIdle is what conntrack gives an idle TCP connection: more than any listener does, so
// that the watch finds the entry while it still says whose connection it is.
const conntrackIdle = cloud.EstablishedTimeout + time.Minute

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// An idleWatch ends TCP connections that were idle for their listener's EstablishedTimeout. It
// sleeps until the first one can be due, so a node whose connections are busy costs nothing.
type idleWatch struct {
	changed chan struct{} // a listener's timeout may be shorter now
	end     context.CancelFunc
	done    sync.WaitGroup
	failed  error // why the watch ended early; read after done
}

func (c *CLB) watchIdle() *idleWatch {
	ctx, end := context.WithCancel(context.Background())
	w := &idleWatch{changed: make(chan struct{}, 1), end: end}
	w.done.Go(func() {
		for {
			next, err := c.endIdle()
			if err != nil {
				w.failed = err
				return
			}
			timer := time.NewTimer(next)
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-w.changed:
				timer.Stop()
			case <-timer.C:
			}
		}
	})
	return w
}

// restart makes the watch look at once.
func (w *idleWatch) restart() {
	select {
	case w.changed <- struct{}{}:
	default: // it will anyway
	}
}

func (w *idleWatch) stop() error {
	w.end()
	w.done.Wait()
	return w.failed
}

// endIdle ends the connections that are due and says when the next can be.
func (c *CLB) endIdle() (time.Duration, error) {
	limits, next := c.idleLimits()
	if len(limits) == 0 {
		return next, nil
	}
	_, err := c.end(func(f *netlink.ConntrackFlow) bool {
		limit, ok := limits[f.Forward.DstPort]
		tcp, isTCP := f.ProtoInfo.(*netlink.ProtoInfoTCP)
		if !ok || !isTCP || tcp.State != nl.TCP_CONNTRACK_ESTABLISHED || !c.serves(f) {
			return false
		}
		// Conntrack tells whole seconds, rounded down: a connection may look idle for up to
		// one second more than it was.
		idle := conntrackIdle - time.Duration(f.TimeOut+1)*time.Second
		if idle >= limit {
			return true
		}
		next = min(next, limit-idle)
		return false
	})
	return max(next, time.Second), err
}

// idleLimits are the TCP listeners' timeouts by frontend port, and the shortest.
func (c *CLB) idleLimits() (map[uint16]time.Duration, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	limits, shortest := map[uint16]time.Duration{}, cloud.EstablishedTimeout
	for key, l := range c.listeners {
		if key.protocol == "tcp" {
			limit := l.wish.EstablishedTimeout
			if limit == 0 {
				limit = cloud.EstablishedTimeout
			}
			limits[key.port] = limit
			shortest = min(shortest, limit)
		}
	}
	return limits, shortest
}
