package cloud

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"netlab/scenarios"
)

// A declaration is a resource as the file names it.
type declaration struct {
	name, kind, path string
	what             any
}

// declare makes every resource and enters its name, so that a reference can tell a wrong kind
// from a missing resource wherever it stands.
func (b *builder) declare() {
	in, out := &b.s.Cloud, b.cloud
	out.VPCs = declare(b, aVPC, "cloud.vpcs", in.VPCs, func(path string, r scenarios.VPC) (string, *VPC) {
		v := &VPC{Name: r.Name}
		b.taken[v] = &addresses{by: map[netip.Addr]string{}, asked: map[netip.Addr]bool{}, lowest: map[*VSwitch]netip.Addr{}}
		v.VSwitches = declare(b, aVSwitch, path+".vswitches", r.VSwitches, func(_ string, r scenarios.VSwitch) (string, *VSwitch) {
			return r.Name, &VSwitch{Name: r.Name, VPC: v}
		})
		return r.Name, v
	})
	b.unread(aVSwitch, "cloud.vpcs")
	out.SecurityGroups = declare(b, aSecurityGroup, "cloud.security_groups", in.SecurityGroups,
		func(_ string, r scenarios.SecurityGroup) (string, *SecurityGroup) {
			return r.Name, &SecurityGroup{Name: r.Name}
		})
	declare(b, anACL, "cloud.acls", in.ACLs, func(_ string, r scenarios.ACL) (string, *accessList) { return r.Name, &accessList{} })
	out.Instances = declare(b, anInstance, "cloud.instances", in.Instances,
		func(_ string, r scenarios.Instance) (string, *Instance) { return r.Name, &Instance{Name: r.Name} })
	out.LoadBalancers = declare(b, aLoadBalancer, "cloud.load_balancers", in.LoadBalancers, b.declareLoadBalancer)
	out.EndpointServices = declare(b, anEndpointSvc, "cloud.endpoint_services", in.EndpointServices,
		func(_ string, r scenarios.EndpointService) (string, *EndpointService) {
			return r.Name, &EndpointService{Name: r.Name}
		})
	out.Endpoints = declare(b, anEndpoint, "cloud.endpoints", in.Endpoints,
		func(_ string, r scenarios.Endpoint) (string, *Endpoint) { return r.Name, &Endpoint{Name: r.Name} })
	for _, d := range b.declared {
		b.name(d)
	}
}

func (b *builder) declareLoadBalancer(path string, r scenarios.LoadBalancer) (string, *LoadBalancer) {
	return r.Name, &LoadBalancer{Name: r.Name, Groups: slices.Concat(
		declare(b, aServerGroup, path+".server_groups", r.ServerGroups, func(_ string, r scenarios.ServerGroup) (string, *ServerGroup) {
			return r.Name, &ServerGroup{Name: r.Name}
		}),
		declare(b, aServerGroup, path+".master_slave_server_groups", r.MasterSlaveServerGroups,
			func(_ string, r scenarios.MasterSlaveGroup) (string, *ServerGroup) {
				return r.Name, &ServerGroup{Name: r.Name, PrimarySecondary: true}
			}))}
}

// declare makes the resources of one list of the file. What stands inside of one is declared after it.
func declare[In, Out any](b *builder, kind, path string, list []In, make func(path string, in In) (name string, out *Out)) []*Out {
	var made []*Out
	for i, in := range list {
		at := len(b.declared)
		b.declared = append(b.declared, declaration{kind: kind, path: fmt.Sprintf("%s[%d]", path, i)})
		name, out := make(b.declared[at].path, in)
		b.declared[at].name, b.declared[at].what = name, out
		made = append(made, out)
	}
	b.unread(kind, path)
	return made
}

// unread notes that a list of resources could not be read.
func (b *builder) unread(kind, path string) {
	if b.s.Source.Failed(path) || b.s.Source.Failed("cloud") {
		b.nameless[kind] = true
	}
}

// name enters a resource under its name, which must be the file's only one. A duplicate goes on
// under the name that is suggested for it.
func (b *builder) name(d declaration) {
	if d.name == "" {
		b.nameless[d.kind] = true
		return
	}
	if first, ok := b.named[d.name]; ok {
		line, _ := b.s.Source.At(first.path + ".name")
		free := b.freeName(d.name)
		b.report(b.errorf(d.path+".name", "duplicate name %s, first used in line %d", d.name, line).Instead(free))
		d.name = free
	}
	b.named[d.name] = resource{d.kind, d.path, d.what}
	b.names = append(b.names, d.name)
	b.kinds[d.kind] = append(b.kinds[d.kind], d.name)
}

// freeName counts the last number of a name up until nothing in the file is called that.
func (b *builder) freeName(name string) string {
	if b.counters == nil {
		b.counters = map[string]int{}
		for _, d := range b.declared {
			b.counters[d.name] = 1
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
