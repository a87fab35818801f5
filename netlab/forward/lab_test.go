package forward_test

import (
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/nftables"

	"netlab/netlab/forward"
	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
	"netlab/sim/cloud"
	"netlab/sim/topology"
)

// patience is how long a test waits for an answer that must not come.
const patience = 300 * time.Millisecond

// answerTime is how long a test waits for an answer that must come.
const answerTime = 10 * time.Second

// A lab is the smallest network with everything in it:
//
//	ecs1 ── vpc1.b ── ENI ── fabric.b ── CLB node b ── vpc2.b ── ecs3
//	                            │                        │
//	                         fabric.a ── CLB node a ── vpc2.a ── ecs2
//
// and ecs4 at vpc2.b, a client in the provider's own VPC.
type lab struct {
	t testing.TB

	ecs1, ecs2, ecs3, ecs4                    *kernel.Namespace
	router1, fabricB, fabricA                 *kernel.Namespace
	eniHost, hostB, hostA                     *kernel.Namespace
	router2B, router2A                        *kernel.Namespace
	consumer, provider2, provider3            string
	eniTable                                  topology.ENITable
	eni                                       *forward.ENI
	clbB, clbA                                *forward.CLB
	listener                                  cloud.Listener
	fabricBToNode, fabricBToA                 kernel.NIC
	fabricAToNode, fabricBToENI, router1ToENI kernel.NIC
	eniVPC, eniFabric                         kernel.NIC
	router2BToNode, router2BToA               kernel.NIC
	router2AToNode, router2AToB               kernel.NIC
	servers                                   map[string]*server
	service, source, vip                      netip.Addr
	frontend, backend2Slot, backend3Slot      netip.AddrPort
}

// An addressPlan says what the hosts are called on the wire.
type addressPlan struct {
	consumerVPC, consumer, eni        string
	providerVPC, provider2, provider3 string
	vip, insider                      string
}

var frankfurt = addressPlan{
	consumerVPC: "10.0.0.0/16", consumer: "10.0.0.182", eni: "10.0.0.10",
	providerVPC: "192.168.0.0/16", provider2: "192.168.20.200", provider3: "192.168.24.2",
	vip: "192.168.24.100", insider: "192.168.24.3",
}

// overlapping gives both VPCs the same block, and the client the address of a backend.
var overlapping = addressPlan{
	consumerVPC: "10.0.0.0/16", consumer: "10.0.0.182", eni: "10.0.0.10",
	providerVPC: "10.0.0.0/16", provider2: "10.0.0.182", provider3: "10.0.0.10",
	vip: "10.0.0.100", insider: "10.0.0.3",
}

// unlimited is a specification that no test reaches.
var unlimited = limited(100000, 1000000)

func limited(connections, cps int) forward.Capacity {
	return forward.Capacity{Spec: cloud.Spec{Name: "test", MaxConnections: connections, CPS: cps}}
}

func web(scheduler string) cloud.Listener {
	return cloud.Listener{Protocol: "tcp", FrontendPort: 80, BackendPort: 8080, Scheduler: scheduler}
}

// openLab builds the network with both nodes serving, zone b active, and the ENI connected.
func openLab(t testing.TB, plan addressPlan, capacity forward.Capacity, l cloud.Listener) *lab {
	t.Helper()
	b := &lab{t: t, listener: l}
	for _, n := range []**kernel.Namespace{
		&b.ecs1, &b.ecs2, &b.ecs3, &b.ecs4, &b.router1, &b.fabricB, &b.fabricA,
		&b.eniHost, &b.hostB, &b.hostA, &b.router2B, &b.router2A,
	} {
		*n = kerneltest.Namespace(t)
	}
	b.consumer, b.provider2, b.provider3 = plan.consumer, plan.provider2, plan.provider3
	b.service = netip.MustParseAddr("100.64.0.1")
	b.source = netip.MustParseAddr("100.64.0.2")
	b.vip = netip.MustParseAddr(plan.vip)
	b.eniTable = topology.ENITable{
		Endpoint: "ep", Zone: "eu-central-1b",
		Address: netip.MustParseAddr(plan.eni),
		Paths:   []topology.ENIPath{{LoadBalancer: "clb", Service: b.service, Source: b.source}},
	}
	b.frontend = netip.AddrPortFrom(b.eniTable.Address, l.FrontendPort)
	b.backend2Slot = netip.AddrPortFrom(netip.MustParseAddr(b.provider2), l.BackendPort)
	b.backend3Slot = netip.AddrPortFrom(netip.MustParseAddr(b.provider3), l.BackendPort)
	b.wire(plan)

	var err error
	b.eni, err = forward.NewENI(b.eniHost, b.eniTable)
	must(t, err)
	t.Cleanup(func() { b.eni.Close() })
	must(t, b.eni.SetSecurityGroups([]*cloud.SecurityGroup{allowAll}))
	must(t, b.eni.Connect("clb"))
	b.clbB = b.node(b.hostB, "eu-central-1b", "100.64.0.3", capacity)
	b.clbA = b.node(b.hostA, "eu-central-1a", "100.64.0.4", capacity)
	b.setSlots(b.backend2Slot, b.backend3Slot)
	b.steer("b")

	b.servers = map[string]*server{
		"ecs2": serve(t, b.ecs2, b.backend2Slot.String(), "ecs2"),
		"ecs3": serve(t, b.ecs3, b.backend3Slot.String(), "ecs3"),
	}
	return b
}

var allowAll = &cloud.SecurityGroup{Name: "allow-all", Type: "normal", Rules: []cloud.SecurityGroupRule{
	{Ingress: true, IPProtocol: "all", CIDR: netip.MustParsePrefix("0.0.0.0/0"), Accept: true, Priority: 1},
}}

func (b *lab) node(host *kernel.Namespace, zone cloud.Zone, probe string, capacity forward.Capacity) *forward.CLB {
	b.t.Helper()
	for _, a := range []netip.Addr{b.service, b.vip, netip.MustParseAddr(probe)} {
		must(b.t, host.AddLoopback(a))
	}
	c, err := forward.NewCLB(host, topology.CLBTable{
		LoadBalancer: "clb", Zone: zone, VIP: b.vip, Service: b.service, Probe: netip.MustParseAddr(probe),
		Number: 1,
	}, capacity)
	must(b.t, err)
	b.t.Cleanup(func() { c.Close() })
	must(b.t, c.AddListener(b.listener))
	return c
}

// setSlots gives both nodes the same backends.
func (b *lab) setSlots(slots ...netip.AddrPort) {
	b.t.Helper()
	must(b.t, b.clbB.SetSlots(b.listener, slots))
	must(b.t, b.clbA.SetSlots(b.listener, slots))
}

// wire makes the links and every route that does not depend on the active zone.
func (b *lab) wire(plan addressPlan) {
	t := b.t
	t.Helper()
	for _, n := range []*kernel.Namespace{b.ecs1, b.ecs2, b.ecs3, b.ecs4, b.router1, b.fabricB, b.fabricA, b.eniHost, b.hostB, b.hostA,
		b.router2B, b.router2A} {
		must(t, n.Sysctls(map[string]string{
			"ipv4/ip_forward":              "1",
			"ipv4/conf/all/rp_filter":      "0",
			"ipv4/conf/default/rp_filter":  "0",
			"ipv4/conf/all/send_redirects": "0",
		}))
	}
	const router = "169.254.9.9" // the address of every NIC that nobody talks to
	ecs1, _ := kerneltest.Connect(t, b.ecs1, 0, plan.consumer, b.router1, 0, router)
	router1, eniVPC := kerneltest.Connect(t, b.router1, 1, router, b.eniHost, 0, plan.eni)
	eniFabric, fabricENI := kerneltest.Connect(t, b.eniHost, 1, b.source.String(), b.fabricB, 0, router)
	fabricNode, nodeBFabric := kerneltest.Connect(t, b.fabricB, 1, router, b.hostB, 0, router)
	nodeBVPC, routerBNode := kerneltest.Connect(t, b.hostB, 1, router, b.router2B, 0, router)
	_, ecs3 := kerneltest.Connect(t, b.router2B, 1, router, b.ecs3, 0, plan.provider3)
	fabricBToA, fabricAToB := kerneltest.Connect(t, b.fabricB, 2, router, b.fabricA, 0, router)
	fabricANode, nodeAFabric := kerneltest.Connect(t, b.fabricA, 1, router, b.hostA, 0, router)
	nodeAVPC, routerANode := kerneltest.Connect(t, b.hostA, 1, router, b.router2A, 0, router)
	_, ecs2 := kerneltest.Connect(t, b.router2A, 1, router, b.ecs2, 0, plan.provider2)
	routerBToA, routerAToB := kerneltest.Connect(t, b.router2B, 2, router, b.router2A, 2, router)

	_, ecs4 := kerneltest.Connect(t, b.router2B, 3, router, b.ecs4, 0, plan.insider)
	for _, n := range []*kernel.Namespace{b.router2A, b.router2B} {
		r, err := forward.NewRouter(n)
		must(t, err)
		t.Cleanup(func() { r.Close() })
		must(t, n.UseTable(forward.ReturnMark(1), topology.ReturnTable(1)))
	}
	for _, n := range []*kernel.Namespace{b.ecs2, b.ecs3} {
		r, err := forward.NewBackend(n)
		must(t, err)
		t.Cleanup(func() { r.Close() })
	}

	everywhere := "0.0.0.0/0"
	fabric := "100.64.0.0/10"
	for _, r := range []struct {
		nic kernel.NIC
		dst string
	}{
		{ecs1, everywhere}, {ecs2, everywhere}, {ecs3, everywhere}, {ecs4, everywhere},
		{routerAToB, plan.insider + "/32"},
		{router1, plan.eni + "/32"},
		{eniVPC, plan.consumerVPC}, {eniFabric, fabric},
		{fabricENI, b.source.String() + "/32"}, {fabricAToB, b.source.String() + "/32"},
		{nodeBFabric, fabric}, {nodeBVPC, plan.providerVPC},
		{nodeAFabric, fabric}, {nodeAVPC, plan.providerVPC},
		{routerBToA, plan.provider2 + "/32"}, {routerAToB, plan.provider3 + "/32"},
	} {
		must(t, r.nic.Route(netip.MustParsePrefix(r.dst)))
	}
	b.fabricBToNode, b.fabricBToA, b.fabricAToNode = fabricNode, fabricBToA, fabricANode
	b.fabricBToENI, b.router1ToENI = fabricENI, router1
	b.eniVPC, b.eniFabric = eniVPC, eniFabric
	b.router2BToNode, b.router2BToA = routerBNode, routerBToA
	b.router2AToNode, b.router2AToB = routerANode, routerAToB
}

// steer sends the load balancer's traffic through one zone's node, the return path first.
func (b *lab) steer(zone string) {
	b.t.Helper()
	b.steerReturnPath(zone)
	service := netip.PrefixFrom(b.service, 32)
	must(b.t, b.fabricAToNode.Route(service))
	if zone == "b" {
		must(b.t, b.fabricBToNode.Route(service))
	} else {
		must(b.t, b.fabricBToA.Route(service))
	}
}

func (b *lab) steerReturnPath(zone string) {
	b.t.Helper()
	for _, back := range []netip.Prefix{netip.MustParsePrefix("100.64.0.0/10"), netip.PrefixFrom(b.vip, 32)} {
		if zone == "b" {
			must(b.t, b.router2BToNode.Route(back))
			must(b.t, b.router2AToB.Route(back))
		} else {
			must(b.t, b.router2AToNode.Route(back))
			must(b.t, b.router2BToA.Route(back))
		}
	}
	table, everywhere := topology.ReturnTable(1), netip.MustParsePrefix("0.0.0.0/0")
	if zone == "b" {
		must(b.t, b.router2BToNode.RouteIn(table, everywhere))
		must(b.t, b.router2AToB.RouteIn(table, everywhere))
	} else {
		must(b.t, b.router2AToNode.RouteIn(table, everywhere))
		must(b.t, b.router2BToA.RouteIn(table, everywhere))
	}
}

// await waits until the condition holds.
func (b *lab) await(what string, holds func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(answerTime); !holds(); {
		if time.Now().After(deadline) {
			b.t.Fatalf("waited %v for %s", answerTime, what)
		}
	}
}

// packetsOf is how many packets a host has received from its VPC's side.
func (b *lab) packetsOf(host *kernel.Namespace) int {
	b.t.Helper()
	var table []byte
	must(b.t, host.Do(func() (err error) { table, err = os.ReadFile("/proc/thread-self/net/dev"); return }))
	for line := range strings.Lines(string(table)) {
		if nic, counters, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(nic) == "eth1" {
			n, err := strconv.Atoi(strings.Fields(counters)[1])
			must(b.t, err)
			return n
		}
	}
	b.t.Fatal("no eth1")
	return 0
}

// connect fails the test unless a connection opens; the answer is the server's name.
func (b *lab) connect() (net.Conn, string) {
	b.t.Helper()
	c, name, err := greet(b.ecs1, b.frontend.String())
	must(b.t, err)
	b.t.Cleanup(func() { c.Close() })
	return c, name
}

// share counts which server answers n fresh connections.
func (b *lab) share(n int) map[string]int {
	b.t.Helper()
	answers := map[string]int{}
	for range n {
		c, name, err := greet(b.ecs1, b.frontend.String())
		must(b.t, err)
		answers[name]++
		c.Close()
	}
	return answers
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// places is how many connections node b counts against its limit.
func (b *lab) places() int { return b.elements("limits", "connections") }

// elements counts what is in a set of node b's, by a part of the set's name.
func (b *lab) elements(table, set string) int {
	b.t.Helper()
	conn, err := nftables.New(nftables.WithNetNSFd(b.hostB.FD()))
	must(b.t, err)
	sets, err := conn.GetSets(&nftables.Table{Family: nftables.TableFamilyIPv4, Name: table})
	must(b.t, err)
	for _, s := range sets {
		if strings.Contains(s.Name, set) {
			elements, err := conn.GetSetElements(s)
			must(b.t, err)
			return len(elements)
		}
	}
	b.t.Fatalf("no set named for %s", set)
	return 0
}
