package cloud

import (
	"fmt"
	"slices"

	"netlab/scenarios"
)

// procedure checks that every step names something of the right kind that exists at that point.
func (b *builder) procedure() {
	created := map[string]bool{}
	allowed := map[scenarios.AllowStep]bool{}
	for i, s := range b.s.Procedure {
		path := fmt.Sprintf("procedure[%d]", i)
		switch {
		case s.Create != "":
			b.create(path+".create", s.Create, created)
			b.createVisible(path+".create", s.Create, allowed)
		case s.Allow != nil:
			b.allow(path+".allow", *s.Allow, created, allowed)
		case s.Accept != "":
			b.stepOn(path+".accept", s.Accept, created)
		case s.Reject != "":
			b.stepOn(path+".reject", s.Reject, created)
		case s.Expect != nil && s.Expect.Error != "":
			b.refusal(path+".expect", *s.Expect, created, allowed)
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

// allow checks a step that puts an account on a service's whitelist.
func (b *builder) allow(path string, step scenarios.AllowStep, created map[string]bool, allowed map[scenarios.AllowStep]bool) {
	s := find[EndpointService](b, path+".service", step.Service, anEndpointSvc)
	if s == nil || step.Account == "" {
		return
	}
	switch {
	case !created[s.Name]:
		b.report(b.errorf(path+".service", "endpoint service %s does not exist at this step", s.Name).Advise("put create: %s before it", s.Name))
	case allowed[step] || slices.Contains(s.AllowedAccounts, step.Account) || s.Account == step.Account:
		b.report(b.errorf(path+".account", "account %s is on the whitelist of %s already", step.Account, s.Name).Advise("remove this step"))
	default:
		b.knownAccount(path+".account", step.Account)
	}
	allowed[step] = true
}

// sees says whether an endpoint's account is on its service's whitelist, as the file has it or a
// step of the procedure makes it.
func (e *Endpoint) sees(allowed func(scenarios.AllowStep) bool) bool {
	s := e.Service
	return s == nil || e.Account == "" || s.Account == "" || e.Account == s.Account ||
		slices.Contains(s.AllowedAccounts, e.Account) || allowed(scenarios.AllowStep{Service: s.Name, Account: e.Account})
}

// createVisible reports an endpoint that is created before its account is allowed to see the
// service.
func (b *builder) createVisible(path, name string, allowed map[scenarios.AllowStep]bool) {
	e, _ := b.named[name].what.(*Endpoint)
	if e == nil || e.sees(func(a scenarios.AllowStep) bool { return allowed[a] }) || !e.sees(b.everAllowed) {
		return // where it never is, that was reported
	}
	b.report(b.errorf(path, "service %s is invisible to account %s at this step", e.Service.Name, e.Account).
		Advise("put allow: {service: %s, account: %s} before it", e.Service.Name, e.Account))
}

// everAllowed says whether a step of the procedure allows it.
func (b *builder) everAllowed(a scenarios.AllowStep) bool {
	return slices.ContainsFunc(b.s.Procedure, func(s scenarios.Step) bool { return s.Allow != nil && *s.Allow == a })
}

// refusal checks that an endpoint can't be created at this step, and for the reason that is given.
func (b *builder) refusal(path string, want scenarios.ExpectStep, created map[string]bool, allowed map[scenarios.AllowStep]bool) {
	e := find[Endpoint](b, path+".create", want.Create, anEndpoint)
	if e == nil || e.Service == nil {
		return
	}
	var code string
	switch {
	case created[e.Name]:
		b.report(b.errorf(path+".create", "endpoint %s exists at this step", e.Name).Advise("put this step before create: %s", e.Name))
		return
	case !created[e.Service.Name]:
		code = "EndpointServiceNotFound"
	case !e.sees(func(a scenarios.AllowStep) bool { return allowed[a] }):
		code = "EndpointServiceNotAuthorized"
	default:
		b.report(b.errorf(path+".create", "nothing stands in the way of endpoint %s at this step", e.Name).Advise("remove this step"))
		return
	}
	if code != want.Error {
		b.report(b.errorf(path+".error", "the error is another one at this step").Instead(code))
	}
}
