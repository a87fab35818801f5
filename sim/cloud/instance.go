package cloud

import (
	"fmt"
	"net/netip"
)

const maxGroups = 5 // security groups of one instance (documented: ECS limits)

func (b *builder) instances() {
	for i, s := range b.s.Services {
		b.services[s.Name] = i
	}
	for i, in := range b.s.Cloud.Instances {
		path := fmt.Sprintf("cloud.instances[%d]", i)
		e := b.cloud.Instances[i]
		e.Run, e.VSwitch = in.Run, find[VSwitch](b, path+".vswitch", in.VSwitch, aVSwitch)
		b.address(path+".private_ip", in.Name, in.PrivateIP, e.VSwitch, func(a netip.Addr) { e.PrivateIP = a })
		e.SecurityGroups = b.groups(path+".security_groups", in.SecurityGroups, e.vpc(), maxGroups)
		for j, name := range in.Run {
			b.service(fmt.Sprintf("%s.run[%d]", path, j), name)
		}
	}
}

// vpc is the instance's VPC, or nil where its vSwitch is unknown.
func (e *Instance) vpc() *VPC {
	if e.VSwitch == nil {
		return nil
	}
	return e.VSwitch.VPC
}

// service checks that a name is one under services.
func (b *builder) service(path, name string) {
	if _, ok := b.services[name]; ok || name == "" || b.s.Source.Failed("services") {
		return
	}
	var known []string
	for _, s := range b.s.Services {
		known = append(known, s.Name)
	}
	b.report(b.choose(b.errorf(path, "there is no service named %s", name), name, known))
}
