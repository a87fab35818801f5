package drill

import (
	"context"
	"strings"

	"netlab/netlab/lab"
	"netlab/sim/cloud"
)

// A zoneOutage takes a zone's power: every host homed there loses its links, so its ECS
// instances, ENIs, CLB nodes and routers are all gone at once.
type zoneOutage struct {
	lab  *lab.Lab
	zone string
}

func (o *zoneOutage) inject(context.Context) (string, error) {
	hosts := o.lab.Zone(cloud.Zone(o.zone))
	return strings.Join(hosts, " "), o.lab.Cut(hosts...)
}

func (o *zoneOutage) heal(context.Context) error {
	return o.lab.Mend(o.lab.Zone(cloud.Zone(o.zone))...)
}
