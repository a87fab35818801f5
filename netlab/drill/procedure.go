package drill

import (
	"context"
	"fmt"
	"time"
)

// stepTimeout bounds one step of the procedure. Health checks at the documented speed need 6 s,
// at the slowest allowed settings some ten minutes.
const stepTimeout = 15 * time.Minute

// procedure replays the control-plane steps of the scenario; without any it creates everything
// and accepts every connection that waits for it. Then it proves what must and must not pass.
func (d *Drill) procedure(ctx context.Context) error {
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
		case s.Accept != "":
			steps = append(steps, d.accept(s.Accept))
		case s.Reject != "":
			steps = append(steps, d.reject(s.Reject))
		case s.Expect != nil:
			steps = append(steps, d.expect(s.Expect.Endpoint, s.Expect.ConnectionStatus))
		}
	}
	return steps
}

func (d *Drill) create(name string) step {
	return func(ctx context.Context) error { return d.lab.Create(ctx, name) }
}

// accept proves first that nothing passes before the provider has accepted, and that it does
// afterwards.
func (d *Drill) accept(endpoint string) step {
	return func(ctx context.Context) error {
		if err := d.proveEndpointClosed(ctx, endpoint, "before the provider accepts, nothing passes"); err != nil {
			return err
		}
		if err := d.lab.Accept(ctx, endpoint); err != nil {
			return err
		}
		return d.proveEndpointOpen(ctx, endpoint)
	}
}

func (d *Drill) reject(endpoint string) step {
	return func(ctx context.Context) error {
		if err := d.lab.Reject(ctx, endpoint); err != nil {
			return err
		}
		return d.proveEndpointClosed(ctx, endpoint, "after the provider rejects, nothing passes")
	}
}

func (d *Drill) expect(endpoint, want string) step {
	return func(context.Context) error {
		if got := d.lab.ConnectionStatus(endpoint); got != want {
			return fmt.Errorf("endpoint %s is %s, expected %s", endpoint, got, want)
		}
		return nil
	}
}
