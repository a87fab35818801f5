package drill

import (
	"context"
	"fmt"

	"netlab/netlab/lab"
)

// A rejection is the provider rejecting an endpoint's connection: nothing passes any more.
type rejection struct {
	lab      *lab.Lab
	endpoint string
}

func (r *rejection) inject(ctx context.Context) (string, error) {
	return fmt.Sprintf("connection of %s rejected", r.endpoint), r.lab.Reject(ctx, r.endpoint)
}

func (r *rejection) heal(ctx context.Context) error { return r.lab.Accept(ctx, r.endpoint) }

// An acceptance is the provider accepting an endpoint's connection.
type acceptance struct {
	lab      *lab.Lab
	endpoint string
}

func (a *acceptance) inject(ctx context.Context) (string, error) {
	return fmt.Sprintf("connection of %s accepted", a.endpoint), a.lab.Accept(ctx, a.endpoint)
}

func (a *acceptance) heal(ctx context.Context) error { return a.lab.Reject(ctx, a.endpoint) }
