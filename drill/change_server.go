package drill

import (
	"context"
	"fmt"

	"netlab/netlab/lab"
)

// A serverRemoval deregisters a backend; it comes back with the weight that it had.
type serverRemoval struct {
	lab    *lab.Lab
	server lab.Server
	weight int
}

func (r *serverRemoval) inject(context.Context) (what string, err error) {
	r.weight, err = r.lab.RemoveServer(r.server)
	return fmt.Sprintf("%s removed from %s", r.server.Instance, r.server.LoadBalancer), err
}

func (r *serverRemoval) heal(context.Context) error { return r.lab.AddServer(r.server, r.weight) }

// A serverAddition registers a backend.
type serverAddition struct {
	lab    *lab.Lab
	server lab.Server
	weight int
}

func (a *serverAddition) inject(context.Context) (string, error) {
	return fmt.Sprintf("%s added to %s", a.server.Instance, a.server.LoadBalancer), a.lab.AddServer(a.server, a.weight)
}

func (a *serverAddition) heal(context.Context) error {
	_, err := a.lab.RemoveServer(a.server)
	return err
}
