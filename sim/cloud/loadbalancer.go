package cloud

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"netlab/scenarios"
)

func (b *builder) loadBalancers() {
	for i, in := range b.s.Cloud.LoadBalancers {
		path := fmt.Sprintf("cloud.load_balancers[%d]", i)
		lb := b.cloud.LoadBalancers[i]
		lb.Title, lb.VSwitch = in.LoadBalancerName, find[VSwitch](b, path+".vswitch", in.VSwitch, aVSwitch)
		b.loadBalancerName(path+".load_balancer_name", lb)
		lb.Bandwidth = in.Bandwidth
		lb.Spec = b.spec(path+".load_balancer_spec", in.Spec)
		b.address(path+".address", in.Name, in.Address, lb.VSwitch, func(a netip.Addr) { lb.Address = a })
		b.lbZones(path, in, lb)
		b.listeners(path, in, lb)
		b.servers(path+".servers", in, lb)
		b.serverGroups(path, in, lb)
		b.tags(path, in.Tags)
	}
}

var (
	consoleName = regexp.MustCompile(`^[A-Za-z0-9/._-]*$`)
	firstLetter = regexp.MustCompile(`^[A-Za-z]`)
)

// loadBalancerName follows the rule of the console and warns of what the API refuses: a slash,
// and a first character that is no letter.
func (b *builder) loadBalancerName(path string, lb *LoadBalancer) {
	switch {
	case lb.Title == "":
		lb.Title = lb.Name
	case !consoleName.MatchString(lb.Title):
		b.report(b.errorf(path, "%q is no load balancer name", lb.Title).Advise("use letters, digits and - / . _"))
	case strings.Contains(lb.Title, "/"):
		b.report(b.warn(path, "the console takes a slash in a load balancer's name, the API does not").
			Instead(strings.ReplaceAll(lb.Title, "/", "-")))
	case !firstLetter.MatchString(lb.Title):
		b.report(b.warn(path, "the API wants a load balancer's name to start with a letter").Instead("clb-" + lb.Title))
	}
}

func (b *builder) spec(path, name string) Spec {
	var names []string
	for _, s := range Specs() {
		if s.Name == name {
			return s
		}
		names = append(names, s.Name)
	}
	if name == "slb.s4.large" || name == "slb.lcu.elastic" {
		b.report(b.errorf(path, "the limits of %s are not documented", name).Advise("one of %s", strings.Join(names, ", ")))
		return Spec{}
	}
	if name != "" {
		b.report(b.choose(b.errorf(path, "unknown specification %s", name), name, names))
	}
	return Spec{}
}

func (b *builder) lbZones(path string, in scenarios.LoadBalancer, lb *LoadBalancer) {
	lb.MasterZone = b.zone(path+".master_zone", in.MasterZone)
	lb.SlaveZone = b.zone(path+".slave_zone", in.SlaveZone)
	if lb.MasterZone == "" && lb.VSwitch != nil {
		lb.MasterZone = lb.VSwitch.Zone
	}
	if lb.SlaveZone != "" && lb.SlaveZone == lb.MasterZone {
		b.report(b.errorf(path+".slave_zone", "the backup zone is the primary zone %s", lb.MasterZone).
			Advise("name another zone, or leave slave_zone out for a single-zone load balancer"))
	}
}
