package cloud

import (
	"fmt"
	"slices"
)

// procedure checks that every step names something of the right kind that exists at that point.
func (b *builder) procedure() {
	created := map[string]bool{}
	for i, s := range b.s.Procedure {
		path := fmt.Sprintf("procedure[%d]", i)
		switch {
		case s.Create != "":
			b.create(path+".create", s.Create, created)
		case s.Accept != "":
			b.stepOn(path+".accept", s.Accept, created)
		case s.Reject != "":
			b.stepOn(path+".reject", s.Reject, created)
		case s.Expect != nil:
			b.stepOn(path+".expect.endpoint", s.Expect.Endpoint, created)
		}
	}
	if len(b.s.Procedure) == 0 {
		return
	}
	for _, name := range b.names {
		if r := b.named[name]; creatable(r) && !created[name] {
			b.report(b.warn("procedure", "%s is never created", name).Advise("add a step create: %s", name))
		}
	}
}

// creatable says whether the procedure creates such a resource; all others are there at once.
func creatable(r resource) bool {
	return r.kind == aLoadBalancer || r.kind == anEndpointSvc || r.kind == anEndpoint
}

func (b *builder) create(path, name string, created map[string]bool) {
	r, ok := b.named[name]
	if !ok || !creatable(r) {
		known := slices.Concat(b.kinds[aLoadBalancer], b.kinds[anEndpointSvc], b.kinds[anEndpoint])
		d := b.errorf(path, "there is no load balancer, endpoint service or endpoint named %s", name)
		if ok {
			d = b.errorf(path, "%s is %s: it is there from the start", name, r.kind)
		}
		b.report(b.choose(d, name, known))
		return
	}
	if created[name] {
		b.report(b.errorf(path, "%s is created twice", name).Advise("remove this step"))
		return
	}
	created[name] = true
	for _, need := range needs(r) {
		if !created[need] {
			b.report(b.errorf(path, "%s is created before %s, which it refers to", name, need).Advise("put create: %s before it", need))
		}
	}
}

// needs are the created resources that a resource refers to.
func needs(r resource) []string {
	var out []string
	switch what := r.what.(type) {
	case *EndpointService:
		for _, res := range what.Resources {
			if res.LoadBalancer != nil {
				out = append(out, res.LoadBalancer.Name)
			}
		}
	case *Endpoint:
		if what.Service != nil {
			out = append(out, what.Service.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (b *builder) stepOn(path, name string, created map[string]bool) {
	if e := find[Endpoint](b, path, name, anEndpoint); e != nil && !created[name] {
		b.report(b.errorf(path, "endpoint %s does not exist at this step", name).Advise("put create: %s before it", name))
	}
}
