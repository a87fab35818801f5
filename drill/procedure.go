package drill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"netlab/scenarios"
	"netlab/sim/control"
	"netlab/sim/event"
)

// stepTimeout bounds one step of the procedure. Health checks at the documented speed need 6 s,
// at the slowest allowed settings some ten minutes.
const stepTimeout = 15 * time.Minute

// Procedure replays the control-plane steps of the scenario; without any it creates everything
// and accepts every connection that waits for it. Then it proves what must and must not pass.
func (d *Drill) Procedure(ctx context.Context) error {
	steps := d.steps()
	for _, s := range steps {
		if err := d.step(ctx, s); err != nil {
			return fmt.Errorf("procedure: %w", err)
		}
	}
	return d.proveReachability(ctx)
}

func (d *Drill) step(ctx context.Context, s step) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	return s(ctx)
}

// A step is one call of the procedure.
type step func(context.Context) error

func (d *Drill) steps() []step {
	var steps []step
	if len(d.Scenario.Procedure) == 0 {
		for _, lb := range d.Cloud.LoadBalancers {
			steps = append(steps, d.create(lb.Name))
		}
		for _, s := range d.Cloud.EndpointServices {
			steps = append(steps, d.create(s.Name))
		}
		for _, ep := range d.Cloud.Endpoints {
			steps = append(steps, d.create(ep.Name))
			if !ep.Service.AutoAcceptConnection {
				steps = append(steps, d.accept(ep.Name))
			}
		}
		return steps
	}
	for _, s := range d.Scenario.Procedure {
		switch {
		case s.Create != "":
			steps = append(steps, d.create(s.Create))
		case s.Allow != nil:
			steps = append(steps, d.allow(*s.Allow))
		case s.Accept != "":
			steps = append(steps, d.accept(s.Accept))
		case s.Reject != "":
			steps = append(steps, d.reject(s.Reject))
		case s.Expect != nil && s.Expect.Error != "":
			steps = append(steps, d.refused(s.Expect.Create, control.Code(s.Expect.Error)))
		case s.Expect != nil:
			steps = append(steps, d.expect(s.Expect.Endpoint, s.Expect.ConnectionStatus))
		}
	}
	return steps
}

func (d *Drill) call(c control.Call) step {
	return func(ctx context.Context) error {
		_, err := d.World.Call(ctx, c)
		return err
	}
}

func (d *Drill) create(name string) step {
	return d.call(control.Create{Resource: name})
}

func (d *Drill) allow(a scenarios.AllowStep) step {
	return d.call(control.Allow{Service: a.Service, Account: a.Account})
}

// refused makes a call that the cloud must refuse, with the documented code.
func (d *Drill) refused(endpoint string, want control.Code) step {
	return func(ctx context.Context) error {
		err := d.create(endpoint)(ctx)
		var refusal *control.Error
		switch {
		case err == nil:
			return fmt.Errorf("endpoint %s was created, expected %s", endpoint, want)
		case !errors.As(err, &refusal):
			return err
		case refusal.Code != want:
			return fmt.Errorf("%w, expected %s", err, want)
		}
		d.say(event.Refusal{Call: "create", Resource: endpoint, Want: string(want), Got: string(refusal.Code), Why: refusal.Message})
		return nil
	}
}

// accept proves first that nothing passes before the provider has accepted, and that it does
// afterwards.
func (d *Drill) accept(endpoint string) step {
	return func(ctx context.Context) error {
		if err := d.proveEndpointClosed(ctx, endpoint, "before the provider accepts, nothing passes"); err != nil {
			return err
		}
		if err := d.call(control.Accept{Endpoint: endpoint})(ctx); err != nil {
			return err
		}
		return d.proveEndpointOpen(ctx, endpoint)
	}
}

func (d *Drill) reject(endpoint string) step {
	return func(ctx context.Context) error {
		if err := d.call(control.Reject{Endpoint: endpoint})(ctx); err != nil {
			return err
		}
		return d.proveEndpointClosed(ctx, endpoint, "after the provider rejects, nothing passes")
	}
}

func (d *Drill) expect(endpoint, want string) step {
	return func(context.Context) error {
		if now, _ := d.World.Endpoint(endpoint); string(now.Connection) != want {
			return fmt.Errorf("endpoint %s is %s, expected %s", endpoint, now.Connection, want)
		}
		return nil
	}
}
