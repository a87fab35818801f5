package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"

	"netlab/loadgen"
	"netlab/netlab/forward"
	"netlab/netlab/impair"
	"netlab/netlab/kernel"
	"netlab/netlab/workload"
	"netlab/sim/cloud"
	"netlab/sim/topology"
)

// Probe tries each need; the caller is inside a sandbox.
func Probe(ctx context.Context) []Finding {
	var findings []Finding
	for _, need := range needs {
		f := Finding{Need: need.name, For: need.use, Answer: Yes}
		switch err := need.probe(ctx); {
		case err == nil:
		case need.optional:
			f.Answer, f.Detail = Fallback, fmt.Sprintf("%s: %v", need.without, err)
		default:
			f.Answer, f.Detail, f.Fix = No, err.Error(), advice(err, need.fix)
		}
		findings = append(findings, f)
	}
	return findings
}

type need struct {
	name, use string
	probe     func(context.Context) error
	fix       string
	optional  bool
	without   string // what happens without an optional one
}

var needs = []need{
	{name: "veth", use: "links between hosts", probe: probeLink,
		fix: "load the kernel module veth"},
	{name: "token bucket filter", use: "bandwidth of endpoints", probe: probeBandwidth,
		fix: "load the kernel module sch_tbf"},
	{name: "nftables NAT and conntrack", use: "endpoint ENIs, load balancers and security groups", probe: probeForwarding,
		fix: "load the kernel modules nf_tables, nft_chain_nat, nft_ct, nft_numgen, nft_hash, nft_limit and nft_reject_ipv4"},
	{name: "raw ICMP sockets", use: "heartbeats of load balancers", probe: probeICMP},
	{name: "AF_PACKET with virtio-net headers", use: "links with delay", probe: func(context.Context) error { return impair.Probe() },
		fix: "load the kernel module af_packet"},
	{name: "epoll_pwait2", use: "load on a schedule", probe: func(ctx context.Context) error { return loadgen.NewEpoll().Probe(ctx) },
		fix: "use Linux 5.11 or newer"},
	{name: "user namespaces and private mounts", use: "programs run by exec", probe: probeWorkload,
		fix: "allow user namespaces, as root: sysctl user.max_user_namespaces=10000"},
	{name: "SCHED_FIFO", use: "exact delays", probe: probeRealtime, optional: true,
		without: "the tail of the delays' error is several times as long"},
}

// probeLink sets up two namespaces and a link, and waits until it carries.
func probeLink(ctx context.Context) error {
	a, b, err := pair()
	if err != nil {
		return err
	}
	defer a.Namespace.Close()
	defer b.Namespace.Close()
	if err := errors.Join(kernel.CreateLink(a, b), a.Up(), b.Up(), a.Route(netip.MustParsePrefix("10.0.0.0/8"))); err != nil {
		return err
	}
	return a.Namespace.AwaitCarrier(ctx, 1)
}

// probeBandwidth limits a NIC as that of an endpoint's ENI is.
func probeBandwidth(context.Context) error {
	a, b, err := pair()
	if err != nil {
		return err
	}
	defer a.Namespace.Close()
	defer b.Namespace.Close()
	return errors.Join(kernel.CreateLink(a, b), a.Limit(3_072_000_000))
}

func pair() (a, b kernel.NIC, err error) {
	left := net.HardwareAddr{0x02, 0x4e, 0x4c, 0, 0, 1}
	right := net.HardwareAddr{0x02, 0x4e, 0x4c, 0, 0, 2}
	a = kernel.NIC{MAC: left, PeerMAC: right, Address: netip.MustParseAddr("10.0.0.1")}
	b = kernel.NIC{MAC: right, PeerMAC: left, Address: netip.MustParseAddr("10.0.0.2")}
	if a.Namespace, err = kernel.NewNamespace(); err != nil {
		return a, b, err
	}
	if b.Namespace, err = kernel.NewNamespace(); err != nil {
		return a, b, errors.Join(err, a.Namespace.Close())
	}
	return a, b, nil
}

// probeForwarding loads the very rulesets of an ENI, a load balancer's node and a security group.
func probeForwarding(context.Context) error {
	ns, err := kernel.NewNamespace()
	if err != nil {
		return err
	}
	defer ns.Close()
	var (
		address = netip.MustParseAddr("10.0.0.1")
		service = netip.MustParseAddr("100.65.0.1")
		source  = netip.MustParseAddr("100.66.0.1")
		probe   = netip.MustParseAddr("100.64.0.1")
	)
	eni, err := forward.NewENI(ns, topology.ENITable{Endpoint: "probe", Address: address,
		Paths: []topology.ENIPath{{LoadBalancer: "probe", Service: service, Source: source}}})
	if err != nil {
		return err
	}
	defer eni.Close()
	clb, err := forward.NewCLB(ns, topology.CLBTable{LoadBalancer: "probe", VIP: address, Service: service, Probe: probe},
		forward.Capacity{Spec: cloud.Specs()[0]})
	if err != nil {
		return err
	}
	defer clb.Close()
	group := &cloud.SecurityGroup{Type: "normal", Rules: []cloud.SecurityGroupRule{
		{Ingress: true, IPProtocol: "tcp", PortFirst: 80, PortLast: 80, CIDR: netip.PrefixFrom(address, 32), Accept: true, Priority: 1}}}
	firewall, err := forward.NewFirewall(ns, []*cloud.SecurityGroup{group})
	if err != nil {
		return err
	}
	defer firewall.Close()
	for i, scheduler := range []string{"wrr", "sch"} {
		l := cloud.Listener{Protocol: "tcp", FrontendPort: uint16(80 + i), BackendPort: 80, Scheduler: scheduler}
		err := errors.Join(clb.AddListener(l), clb.SetSlots(l, []netip.AddrPort{netip.AddrPortFrom(address, 80)}))
		if err != nil {
			return err
		}
	}
	return nil
}

func probeICMP(context.Context) error {
	ns, err := kernel.NewNamespace()
	if err != nil {
		return err
	}
	defer ns.Close()
	return ns.Do(func() error {
		conn, err := net.ListenPacket("ip4:icmp", "127.0.0.1")
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// probeWorkload runs a program that every Linux system has.
func probeWorkload(context.Context) error {
	guests, err := workload.Open(workload.Invoker())
	if err != nil {
		return err
	}
	defer guests.Close()
	netns, err := guests.Namespace()
	if err != nil {
		return err
	}
	defer unix.Close(netns)
	host, err := guests.Host(netns, workload.Look{Hostname: "probe", Resolver: netip.MustParseAddr("127.0.0.1")})
	if err != nil {
		return err
	}
	defer host.Close()
	var said bytes.Buffer
	p, err := host.Start(workload.Program{Command: []string{"true"}}, nil, &said, &said)
	if err != nil {
		return err
	}
	if err := p.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}

func probeRealtime(context.Context) error {
	engine, err := impair.NewEngine()
	if err != nil {
		return err
	}
	return errors.Join(engine.Mode().Realtime, engine.Close())
}
