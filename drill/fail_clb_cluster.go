package drill

import (
	"context"

	"netlab/netlab/lab"
	"netlab/sim/cloud"
)

// A clbClusterOutage kills a load balancer's cluster in one zone; instances there live on. It is
// the failure that a CLB's backup zone is for (documented: "High availability of CLB").
type clbClusterOutage struct {
	lab          *lab.Lab
	loadBalancer string
	zone         string
}

func (o *clbClusterOutage) inject(context.Context) (string, error) {
	node := o.lab.Node(o.loadBalancer, cloud.Zone(o.zone))
	return node, o.lab.Cut(node)
}

func (o *clbClusterOutage) heal(context.Context) error {
	return o.lab.Mend(o.lab.Node(o.loadBalancer, cloud.Zone(o.zone)))
}
