package cloud

import (
	"fmt"
	"slices"
	"strings"

	"netlab/scenarios"
)

// Documented quotas of one load balancer ("CLB limits").
const (
	maxListeners = 50
	maxServers   = 200
)

func (b *builder) listeners(path string, in scenarios.LoadBalancer, lb *LoadBalancer) {
	if n := len(in.Listeners); n > maxListeners {
		b.report(b.errorf(path+".listeners", "%d listeners are too many", n).Advise("at most %d", maxListeners))
	}
	if len(in.Listeners) == 0 && !b.s.Source.Failed(path+".listeners") {
		b.report(b.warn(path, "load balancer %s has no listener: nothing can reach it", in.Name).Advise("add one under listeners"))
	}
	type port struct {
		udp    bool
		number uint16
	}
	used := map[port]string{}
	for i, l := range in.Listeners {
		at := fmt.Sprintf("%s.listeners[%d]", path, i)
		// TCP and UDP may share a port (by privilege; Frankfurt has it).
		p := port{l.Protocol == "udp", l.FrontendPort}
		if first := used[p]; first != "" && p.number != 0 {
			line, _ := b.s.Source.At(first)
			b.report(b.errorf(at+".frontend_port", "port %d has a listener already, in line %d", p.number, line).Advise("choose another port"))
		}
		used[p] = at
		lb.Listeners = append(lb.Listeners, b.listener(at, l, lb))
	}
}

func (b *builder) listener(path string, in scenarios.Listener, lb *LoadBalancer) Listener {
	out := Listener{Protocol: in.Protocol, FrontendPort: in.FrontendPort, BackendPort: in.BackendPort, Scheduler: in.Scheduler,
		Bandwidth: in.Bandwidth, PersistenceTimeout: in.PersistenceTimeout, EstablishedTimeout: in.EstablishedTimeout,
		ProxyProtocolV2: in.ProxyProtocolV2Enabled}
	if out.EstablishedTimeout == 0 {
		out.EstablishedTimeout = EstablishedTimeout
	}
	if in.ConnectionDrain == "on" {
		out.ConnectionDrainTimeout = in.ConnectionDrainTimeout
	}
	b.listenerKeys(path, in)
	out.Group = b.listenerGroup(path, in, lb)
	out.ACL = b.access(path, in)
	out.HealthCheck = b.healthCheck(path, in)
	return out
}

// only are the keys that one protocol's listeners have, by the documented parameters of
// CreateLoadBalancer{TCP,UDP,HTTP}Listener.
var only = []struct {
	protocols string
	keys      []string
}{
	{"tcp", []string{"persistence_timeout", "established_timeout", "connection_drain", "connection_drain_timeout"}},
	{"tcp udp", []string{"proxy_protocol_v2_enabled", "master_slave_server_group"}},
	{"http https", []string{"sticky_session", "sticky_session_type", "cookie_timeout", "cookie", "idle_timeout", "request_timeout", "gzip"}},
	{"tcp http https", []string{"health_check_domain", "health_check_uri", "health_check_http_code", "health_check_method"}},
	{"udp", []string{"health_check_req", "health_check_exp"}},
}

// schedulers are the documented ones of each protocol. The console of 2021 has wlc as well, the
// API of 2025 no more.
var schedulers = map[string][]string{
	"tcp":   {"wrr", "rr", "sch", "tch"},
	"udp":   {"wrr", "rr", "sch", "tch", "qch"},
	"http":  {"wrr", "rr"},
	"https": {"wrr", "rr"},
}

// listenerKeys checks the keys against each other and the protocol.
func (b *builder) listenerKeys(path string, in scenarios.Listener) {
	if in.Protocol == "" {
		return
	}
	misplaced := false
	for _, o := range only {
		for _, key := range o.keys {
			if !slices.Contains(strings.Fields(o.protocols), in.Protocol) && b.s.Source.Has(path+"."+key) {
				b.report(b.errorf(path+"."+key, "%s is for %s listeners, this one is %s", key, strings.ReplaceAll(o.protocols, " ", ", "), in.Protocol).
					Advise("leave it out"))
				misplaced = true
			}
		}
	}
	if allowed := schedulers[in.Protocol]; in.Scheduler != "" && !slices.Contains(allowed, in.Scheduler) {
		b.report(b.errorf(path+".scheduler", "%s listeners have no scheduler %s", in.Protocol, in.Scheduler).
			Advise("one of %s", strings.Join(allowed, ", ")))
	}
	if misplaced {
		return
	}
	need := func(when bool, key, why string) {
		if when && !b.s.Source.Has(path+"."+key) {
			b.report(b.errorf(path, "%s needs %s", why, key).Advise("add %s: …", key))
		}
	}
	need(in.ConnectionDrain == "on", "connection_drain_timeout", "connection_drain: on")
	need(in.ACLStatus == "on", "acl_type", "acl_status: on")
	need(in.ACLStatus == "on", "acl", "acl_status: on")
	need(in.StickySession == "on", "sticky_session_type", "sticky_session: on")
	need(in.StickySessionType == "insert", "cookie_timeout", "sticky_session_type: insert")
	need(in.StickySessionType == "server", "cookie", "sticky_session_type: server")
	need(in.ServerGroup == "" && in.MasterSlaveServerGroup == "", "backend_port", "a listener of the default server group")
}

// listenerGroup resolves the group that a listener is bound to; nil is the default group.
func (b *builder) listenerGroup(path string, in scenarios.Listener, lb *LoadBalancer) *ServerGroup {
	at, name := path+".server_group", in.ServerGroup
	if in.MasterSlaveServerGroup != "" {
		at, name = path+".master_slave_server_group", in.MasterSlaveServerGroup
	}
	g := find[ServerGroup](b, at, name, aServerGroup)
	if g == nil {
		return nil
	}
	switch {
	case !slices.Contains(lb.Groups, g):
		b.report(b.errorf(at, "server group %s belongs to another load balancer", name).Advise("add one to %s", lb.Name))
	case g.PrimarySecondary != (in.MasterSlaveServerGroup != ""):
		key := "server_group"
		if g.PrimarySecondary {
			key = "master_slave_server_group"
		}
		b.report(b.errorf(at, "%s is the other kind of server group", name).Advise("write %s: %s", key, name))
	}
	return g
}

// access is the access control of a listener, or nil where it is off.
func (b *builder) access(path string, in scenarios.Listener) *AccessControlList {
	list := find[accessList](b, path+".acl", in.ACL, anACL)
	if in.ACLStatus == "off" && in.ACL != "" {
		b.report(b.warn(path+".acl", "acl_status is off: the list %s has no effect", in.ACL).Advise("add acl_status: on"))
	}
	if in.ACLStatus != "on" || list == nil {
		return nil
	}
	if len(list.entries) == 0 && in.ACLType == "white" {
		does := "lets everybody in"
		if b.cloud.Profile.RefuseOnEmptyWhitelist {
			does = "lets nobody in"
		}
		b.report(b.warn(path+".acl", "the whitelist %s is empty and %s: documents disagree about that", in.ACL, does).
			Advise("add entries, or choose with cloud.profile.empty_whitelist"))
	}
	return &AccessControlList{Type: in.ACLType, Entries: list.entries, RefuseWhenEmpty: b.cloud.Profile.RefuseOnEmptyWhitelist}
}
