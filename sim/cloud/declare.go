package cloud

import (
	"fmt"
	"net/netip"
	"strings"
)

// declare makes every resource and enters its name, so that a reference can tell a wrong kind
// from a missing resource wherever it stands.
func (b *builder) declare() {
	in, out := &b.s.Cloud, b.cloud
	for i, r := range in.VPCs {
		v := &VPC{Name: r.Name}
		path := fmt.Sprintf("cloud.vpcs[%d]", i)
		out.VPCs = append(out.VPCs, v)
		b.taken[v] = &addresses{by: map[netip.Addr]string{}, asked: map[netip.Addr]bool{}, lowest: map[*VSwitch]netip.Addr{}}
		b.name(r.Name, aVPC, path, v)
		for j, r := range r.VSwitches {
			w := &VSwitch{Name: r.Name, VPC: v}
			v.VSwitches = append(v.VSwitches, w)
			b.name(r.Name, aVSwitch, fmt.Sprintf("%s.vswitches[%d]", path, j), w)
		}
		b.unread(aVSwitch, path+".vswitches")
	}
	for i, r := range in.SecurityGroups {
		g := &SecurityGroup{Name: r.Name}
		out.SecurityGroups = append(out.SecurityGroups, g)
		b.name(r.Name, aSecurityGroup, fmt.Sprintf("cloud.security_groups[%d]", i), g)
	}
	for i, r := range in.ACLs {
		b.name(r.Name, anACL, fmt.Sprintf("cloud.acls[%d]", i), &accessList{})
	}
	for i, r := range in.Instances {
		e := &Instance{Name: r.Name}
		out.Instances = append(out.Instances, e)
		b.name(r.Name, anInstance, fmt.Sprintf("cloud.instances[%d]", i), e)
	}
	for i, r := range in.LoadBalancers {
		lb := &LoadBalancer{Name: r.Name}
		out.LoadBalancers = append(out.LoadBalancers, lb)
		path := fmt.Sprintf("cloud.load_balancers[%d]", i)
		b.name(r.Name, aLoadBalancer, path, lb)
		for j, r := range r.ServerGroups {
			g := &ServerGroup{Name: r.Name}
			lb.Groups = append(lb.Groups, g)
			b.name(r.Name, aServerGroup, fmt.Sprintf("%s.server_groups[%d]", path, j), g)
		}
		for j, r := range r.MasterSlaveServerGroups {
			g := &ServerGroup{Name: r.Name, PrimarySecondary: true}
			lb.Groups = append(lb.Groups, g)
			b.name(r.Name, aServerGroup, fmt.Sprintf("%s.master_slave_server_groups[%d]", path, j), g)
		}
		b.unread(aServerGroup, path+".server_groups")
		b.unread(aServerGroup, path+".master_slave_server_groups")
	}
	for i, r := range in.EndpointServices {
		s := &EndpointService{Name: r.Name}
		out.EndpointServices = append(out.EndpointServices, s)
		b.name(r.Name, anEndpointSvc, fmt.Sprintf("cloud.endpoint_services[%d]", i), s)
	}
	for i, r := range in.Endpoints {
		e := &Endpoint{Name: r.Name}
		out.Endpoints = append(out.Endpoints, e)
		b.name(r.Name, anEndpoint, fmt.Sprintf("cloud.endpoints[%d]", i), e)
	}
	b.unread(aVPC, "cloud.vpcs")
	b.unread(aVSwitch, "cloud.vpcs")
	b.unread(aSecurityGroup, "cloud.security_groups")
	b.unread(anACL, "cloud.acls")
	b.unread(anInstance, "cloud.instances")
	b.unread(aLoadBalancer, "cloud.load_balancers")
	b.unread(anEndpointSvc, "cloud.endpoint_services")
	b.unread(anEndpoint, "cloud.endpoints")
}

// unread notes that a list of resources could not be read.
func (b *builder) unread(kind, path string) {
	if b.s.Source.Failed(path) || b.s.Source.Failed("cloud") {
		b.nameless[kind] = true
	}
}

// name enters a resource under its name, which must be the file's only one. A duplicate goes on
// under the name that is suggested for it.
func (b *builder) name(name, kind, path string, what any) {
	if name == "" {
		b.nameless[kind] = true
		return
	}
	if first, ok := b.named[name]; ok {
		line, _ := b.s.Source.At(first.path + ".name")
		free := b.freeName(name)
		b.report(b.errorf(path+".name", "duplicate name %s, first used in line %d", name, line).Instead(free))
		name = free
	}
	b.named[name] = resource{kind, path, what}
	b.names = append(b.names, name)
	b.kinds[kind] = append(b.kinds[kind], name)
}

// freeName counts the last number of a name up until nothing in the file is called that.
func (b *builder) freeName(name string) string {
	if b.counters == nil {
		b.counters = map[string]int{}
		in := &b.s.Cloud
		for _, r := range in.VPCs {
			b.counters[r.Name] = 1
			for _, r := range r.VSwitches {
				b.counters[r.Name] = 1
			}
		}
		for _, r := range in.SecurityGroups {
			b.counters[r.Name] = 1
		}
		for _, r := range in.ACLs {
			b.counters[r.Name] = 1
		}
		for _, r := range in.Instances {
			b.counters[r.Name] = 1
		}
		for _, r := range in.LoadBalancers {
			b.counters[r.Name] = 1
			for _, r := range r.ServerGroups {
				b.counters[r.Name] = 1
			}
			for _, r := range r.MasterSlaveServerGroups {
				b.counters[r.Name] = 1
			}
		}
		for _, r := range in.EndpointServices {
			b.counters[r.Name] = 1
		}
		for _, r := range in.Endpoints {
			b.counters[r.Name] = 1
		}
	}
	stem := strings.TrimRight(name, "0123456789")
	for n := max(b.counters[name], 1) + 1; ; n++ {
		candidate := fmt.Sprintf("%s%d", stem, n)
		if b.counters[candidate] == 0 {
			b.counters[candidate], b.counters[name] = 1, n
			return candidate
		}
	}
}
