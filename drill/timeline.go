package drill

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"netlab/sim/control"
	"netlab/sim/event"
	"netlab/sim/verb"
)

// timeline injects and heals every fault at its time, counted from zero.
func (d *Drill) timeline(ctx context.Context, zero int64) error {
	for _, in := range d.instants() {
		planned := zero + int64(in.at)
		if !d.World.WaitUntil(ctx, planned) {
			return nil
		}
		began := d.World.Now()
		what, err := in.do(ctx, planned, began)
		if err != nil {
			return fmt.Errorf("fault %s: %w", in.name, err)
		}
		d.Sink(event.Event{At: began, What: what})
	}
	return nil
}

// An instant of the timeline is an injection or a heal.
type instant struct {
	name string
	at   time.Duration
	do   func(ctx context.Context, planned, began int64) (event.Payload, error)
}

func (d *Drill) instants() []instant {
	place := verb.Place{Cloud: d.Cloud, Topology: d.Topology}
	var all []instant
	for _, e := range d.Scenario.Timeline {
		v := verb.Of(e)
		var before []control.Result
		all = append(all, instant{e.Name, e.At, func(ctx context.Context, planned, began int64) (event.Payload, error) {
			results, err := d.do(ctx, v.Inject(place))
			if err != nil {
				return nil, err
			}
			before = results
			return event.Inject{Fault: e.Name, Intended: planned, TookMS: d.since(began), Effect: v.Effect(place, before)}, nil
		}})
		if e.For > 0 {
			all = append(all, instant{e.Name, e.At + e.For, func(ctx context.Context, planned, began int64) (event.Payload, error) {
				_, err := d.do(ctx, v.Heal(place, before))
				return event.Heal{Fault: e.Name, Intended: planned, TookMS: d.since(began)}, err
			}})
		}
	}
	slices.SortStableFunc(all, func(a, b instant) int { return cmp.Compare(a.at, b.at) })
	return all
}

// do carries out acts one after the other, and returns the results of the calls among them.
func (d *Drill) do(ctx context.Context, acts []verb.Act) ([]control.Result, error) {
	var results []control.Result
	for _, a := range acts {
		if call, ok := a.(verb.Call); ok {
			r, err := d.World.Call(ctx, call.Call)
			if err != nil {
				return nil, err
			}
			results = append(results, r)
		} else if err := d.World.Do(ctx, a); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// since is the time since an instant, in milliseconds.
func (d *Drill) since(began int64) float64 { return milliseconds(time.Duration(d.World.Now() - began)) }
