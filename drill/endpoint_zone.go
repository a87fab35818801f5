package drill

import (
	"context"
	"fmt"

	"netlab/netlab/lab"
	"netlab/sim/cloud"
	"netlab/sim/control"
)

// A zoneSwitch disables a zone of an endpoint's connection, or enables it again; the heal does the
// opposite.
type zoneSwitch struct {
	lab      *lab.Lab
	endpoint string
	zone     cloud.Zone
	enable   bool
}

func (z *zoneSwitch) inject(ctx context.Context) (string, error) {
	done := "disabled"
	if z.enable {
		done = "enabled"
	}
	return fmt.Sprintf("%s %s in %s", z.endpoint, done, z.zone), z.put(ctx, z.enable)
}

func (z *zoneSwitch) heal(ctx context.Context) error { return z.put(ctx, !z.enable) }

func (z *zoneSwitch) put(ctx context.Context, enable bool) error {
	if enable {
		return z.lab.EnableZone(ctx, z.endpoint, z.zone)
	}
	return z.lab.DisableZone(ctx, z.endpoint, z.zone)
}

// A replacement gives a zone of an endpoint's connection another load balancer; the heal gives it
// the one before, in the same mode.
type replacement struct {
	lab                  *lab.Lab
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
