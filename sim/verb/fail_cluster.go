package verb

import (
	"fmt"
	"slices"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
	"netlab/sim/topology"
)

// failCluster kills a load balancer's cluster in one zone; instances there live on. It is the
// failure that a CLB's backup zone is for (documented: "High availability of CLB").
type failCluster struct {
	loadBalancer string
	zone         cloud.Zone
}

var _ = register("fail clb_cluster", func(e scenarios.Entry) Verb {
	if e.Fail == nil || e.Fail.CLBCluster == "" {
		return nil
	}
	return failCluster{e.Fail.CLBCluster, cloud.Zone(e.Fail.Zone)}
})

func (v failCluster) Check(c *cloud.Checker, at Line) {
	lb := c.LoadBalancer(at.Path+".fail.clb_cluster", v.loadBalancer)
	zone := c.Zone(at.Path+".fail.zone", string(v.zone))
	if lb != nil && zone != "" && !slices.Contains(lb.Zones(), zone) {
		c.Report(c.Errorf(at.Path+".fail.zone", "%s has no node in %s: the fault would remove nothing", lb.Name, zone).
			Instead(string(lb.MasterZone)))
	}
}

func (v failCluster) Describe() string {
	return fmt.Sprintf("fail CLB cluster %s in %s", v.loadBalancer, v.zone)
}

func (v failCluster) host(p Place) []string {
	return []string{topology.NodeHost(p.Cloud.LoadBalancer(v.loadBalancer), v.zone)}
}

func (v failCluster) Inject(p Place) []Act                   { return []Act{Cut{v.host(p)}} }
func (v failCluster) Heal(p Place, _ []control.Result) []Act { return []Act{Mend{v.host(p)}} }

func (v failCluster) Effect(p Place, _ []control.Result) event.Effect {
	return event.Effect{Hosts: v.host(p)}
}

func (v failCluster) Reaction(*cloud.Cloud) Reaction {
	return Reaction{Zone: v.zone, LoadBalancer: v.loadBalancer}
}
