package loadgen

import (
	"context"
	"fmt"
)

// A loop sends one plan from one thread.
type loop interface {
	run(ctx context.Context) Accounting
	release()
}

// runLoop makes an engine's loop on a thread of its own in the plan's namespace, and runs it.
func runLoop(ctx context.Context, p Plan, make func() (loop, error)) (Accounting, error) {
	var acct Accounting
	err := onThread(p.NetNS, func(t thread) error {
		l, err := make()
		if err != nil {
			return fmt.Errorf("load %s: %w", p.Name, err)
		}
		defer l.release()
		acct = l.run(ctx)
		acct.Nice = t.nice
		return nil
	})
	return acct, err
}

// arrivals are the requests of an open loop as they come due.
type arrivals struct {
	pacer Pacer // nil: closed loop
	start int64 // the schedule's zero
	end   int64 // intended times lie before this
	n     uint64
	due   int64 // when request n is due
	ended bool  // no further request will come
}

func newArrivals(p *Plan) arrivals {
	a := arrivals{pacer: p.Pacer, start: p.Start, end: p.end(), due: never}
	if a.pacer != nil {
		a.schedule()
	}
	return a
}

// schedule asks the pacer for the next request.
func (a *arrivals) schedule() {
	due, stop := a.pacer.Next(a.n)
	a.n++
	a.due = a.start + int64(due)
	if stop || a.due >= a.end {
		a.ended, a.due = true, never
	}
}
