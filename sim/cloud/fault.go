package cloud

import (
	"fmt"
	"slices"
	"strings"

	"netlab/scenarios"
)

// verb checks that what a line of the timeline does is possible, and not nothing.
func (b *builder) verb(path string, e scenarios.Entry) {
	switch {
	case e.Fail != nil:
		b.fail(path+".fail", e.Fail)
	case e.Flap != nil:
		b.link(path+".flap.link", e.Flap.Link)
		if e.For > 0 && e.Flap.Every > e.For {
			b.report(b.errorf(path+".flap.every", "the link would not even go down once in %s", e.For).Advise("shorten every, or lengthen for"))
		}
	case len(e.Partition) > 0:
		b.partition(path+".partition", e.Partition)
	case e.Degrade != nil:
		b.degrade(path+".degrade", e.Degrade)
	case e.Set != nil:
		if s := b.server(path+".set.server", e.Set.Server); s != nil && s.Weight == e.Set.Weight && b.first(path, e) &&
			!b.s.Source.Failed(path+".set.weight") {
			b.report(b.errorf(path+".set.weight", "the weight of %s is %d already: nothing would change", s.Instance.Name, s.Weight).
				Advise("write another weight"))
		}
	case e.Remove != nil:
		b.server(path+".remove.server", e.Remove.Server)
	case e.Add != nil:
		b.add(path+".add.server", e)
	case e.Reject != "":
		find[Endpoint](b, path+".reject", e.Reject, anEndpoint)
	case e.Accept != "":
		find[Endpoint](b, path+".accept", e.Accept, anEndpoint)
	case e.Disable != nil:
		b.endpointAt(path+".disable", *e.Disable)
	case e.Enable != nil:
		b.endpointAt(path+".enable", *e.Enable)
	case e.Replace != nil:
		b.replace(path+".replace", *e.Replace)
	case e.Revoke != nil:
		b.ruleChange(path+".revoke", e.Revoke, true)
	case e.Authorize != nil:
		b.ruleChange(path+".authorize", e.Authorize, false)
	}
}

// fail checks that a fault takes something away.
func (b *builder) fail(path string, f *scenarios.Fail) {
	modes := map[bool][]string{false: {"crash", "hang", "refuse"}, true: {"down", "blackhole"}}[len(f.Link) > 0]
	if f.Mode != "" && (f.Instance != "" || len(f.Link) > 0) && !slices.Contains(modes, f.Mode) {
		b.report(b.errorf(path+".mode", "mode %s is not for this", f.Mode).Advise("one of %s", strings.Join(modes, ", ")))
	}
	switch {
	case f.CLBCluster != "":
		lb := find[LoadBalancer](b, path+".clb_cluster", f.CLBCluster, aLoadBalancer)
		zone := b.zone(path+".zone", f.Zone)
		if lb != nil && zone != "" && !slices.Contains(lb.Zones(), zone) {
			b.report(b.errorf(path+".zone", "%s has no node in %s: the fault would remove nothing", lb.Name, zone).Instead(string(lb.MasterZone)))
		}
	case f.Instance != "":
		e := find[Instance](b, path+".instance", f.Instance, anInstance)
		if e != nil && f.Mode == "refuse" && len(e.Run) == 0 {
			b.report(b.errorf(path+".mode", "%s runs no service whose port could be closed: the fault would remove nothing", e.Name).
				Advise("choose mode crash or hang"))
		}
	case len(f.Link) > 0:
		b.link(path+".link", f.Link)
	case f.Zone != "":
		b.zoneInUse(path+".zone", f.Zone)
	}
}

// zoneInUse reports a zone that nothing is in.
func (b *builder) zoneInUse(path, zone string) {
	if b.zones == nil {
		b.zones = b.zonesInUse()
	}
	z, zones := b.zone(path, zone), b.zones
	if z != "" && !slices.Contains(zones, string(z)) {
		b.report(b.choose(b.errorf(path, "nothing is in %s: the fault would remove nothing", z), string(z), zones))
	}
}

// zonesInUse are the zones that hold a vSwitch or a load balancer's node.
func (b *builder) zonesInUse() []string {
	var out []string
	add := func(z Zone) {
		if z != "" && !slices.Contains(out, string(z)) {
			out = append(out, string(z))
		}
	}
	for _, v := range b.cloud.VPCs {
		for _, w := range v.VSwitches {
			add(w.Zone)
		}
	}
	for _, lb := range b.cloud.LoadBalancers {
		add(lb.MasterZone)
		add(lb.SlaveZone)
	}
	return out
}

// link checks the two ends of a path.
func (b *builder) link(path string, ends []string) {
	for i, end := range ends {
		b.host(fmt.Sprintf("%s[%d]", path, i), end)
	}
	if len(ends) == 2 && ends[0] == ends[1] && ends[0] != "" {
		b.report(b.errorf(path, "both ends are %s", ends[0]).Advise("name two hosts"))
	}
}

// host checks the name of an instance, a VPC's router, a load balancer's node or an endpoint's ENI.
func (b *builder) host(path, name string) {
	if b.hosts == nil {
		b.hostNames()
	}
	if name != "" && !b.hosts[name] && !b.nameless[anInstance] {
		b.report(b.choose(b.errorf(path, "there is no host named %s", name), name, b.kinds[aHost]))
	}
}

// hostNames are the names that topologies give to hosts.
func (b *builder) hostNames() {
	b.hosts = map[string]bool{}
	enter := func(host string) {
		if !b.hosts[host] {
			b.hosts[host] = true
			b.kinds[aHost] = append(b.kinds[aHost], host)
		}
	}
	add := func(name string, z Zone) {
		if z != "" {
			enter(name + "." + z.Short())
		}
	}
	for _, v := range b.cloud.VPCs {
		for _, w := range v.VSwitches {
			add(v.Name, w.Zone)
		}
	}
	for _, lb := range b.cloud.LoadBalancers {
		for _, z := range lb.Zones() {
			if lb.VSwitch != nil {
				add(lb.VSwitch.VPC.Name, z)
			}
			add(lb.Name, z)
		}
	}
	for _, e := range b.cloud.Endpoints {
		for _, z := range e.Zones {
			add(e.Name, z.Zone)
		}
	}
	for _, e := range b.cloud.Instances {
		enter(e.Name)
	}
}

// partition checks groups of hosts, in which no host can be twice.
func (b *builder) partition(path string, groups [][]string) {
	seen := map[string]bool{}
	for i, g := range groups {
		if at := fmt.Sprintf("%s[%d]", path, i); len(g) == 0 && !b.s.Source.Failed(at) {
			b.report(b.errorf(at, "the group is empty").Advise("name at least one host"))
		}
		for j, name := range g {
			at := fmt.Sprintf("%s[%d][%d]", path, i, j)
			b.host(at, name)
			if seen[name] && name != "" {
				b.report(b.errorf(at, "%s is in two groups", name).Advise("keep one"))
			}
			seen[name] = true
		}
	}
}

func (b *builder) degrade(path string, d *scenarios.Degrade) {
	how := d.Impairment
	if d.InterZone != nil {
		how, path = *d.InterZone, path+".inter_zone"
	}
	how.Symmetric = false
	if how == (scenarios.Impairment{}) {
		b.report(b.errorf(path, "no impairment is given: nothing would change").Advise("add delay, loss, rate, …"))
	}
	switch {
	case d.Zone != "":
		b.zoneInUse(path+".zone", d.Zone)
	case len(d.Link) > 0:
		b.link(path+".link", d.Link)
	}
}
