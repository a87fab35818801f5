package drill

import (
	"context"
	"fmt"

	"netlab/netlab"
	"netlab/sim/cloud"
	"netlab/sim/control"
)

// A zoneDisabling cuts one zone off an endpoint's connection.
type zoneDisabling struct {
	lab      *netlab.Lab
	endpoint string
	zone     cloud.Zone
}

func (z *zoneDisabling) inject(ctx context.Context) (string, error) {
	return fmt.Sprintf("%s disabled in %s", z.endpoint, z.zone), z.lab.DisableZone(ctx, z.endpoint, z.zone)
}

func (z *zoneDisabling) heal(ctx context.Context) error {
	return z.lab.EnableZone(ctx, z.endpoint, z.zone)
}

// A zoneEnabling connects such a zone again.
type zoneEnabling struct {
	lab      *netlab.Lab
	endpoint string
	zone     cloud.Zone
}

func (z *zoneEnabling) inject(ctx context.Context) (string, error) {
	return fmt.Sprintf("%s enabled in %s", z.endpoint, z.zone), z.lab.EnableZone(ctx, z.endpoint, z.zone)
}

func (z *zoneEnabling) heal(ctx context.Context) error {
	return z.lab.DisableZone(ctx, z.endpoint, z.zone)
}

// A replacement gives a zone of an endpoint's connection another load balancer; the heal gives it
// the one before, in the same mode.
type replacement struct {
	lab                  *netlab.Lab
	endpoint             string
	zone                 cloud.Zone
	mode                 control.ReplaceMode
	loadBalancer, before string
}

func (r *replacement) inject(ctx context.Context) (string, error) {
	before, after, err := r.lab.ReplaceResource(ctx, r.endpoint, r.zone, r.mode, r.loadBalancer)
	r.before = before
	return fmt.Sprintf("%s replaced by %s", before, after), err
}

func (r *replacement) heal(ctx context.Context) error {
	_, _, err := r.lab.ReplaceResource(ctx, r.endpoint, r.zone, r.mode, r.before)
	return err
}
