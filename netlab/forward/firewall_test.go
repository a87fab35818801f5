package forward_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"netlab/netlab/forward"
	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
	"netlab/sim/cloud"
)

// An exchange is an instance in security groups, and one host that plays all its peers. Packets
// are made by hand and caught by raw sockets, behind the firewall of whichever end has one.
type exchange struct {
	firewall       *forward.Firewall
	instance, peer *kernel.Namespace
	flows          *netlink.Handle       // the instance's conntrack
	sender         map[bool]int          // socket by direction, true for ingress
	receivers      map[bool]map[byte]int // sockets by direction and protocol
	number         uint16                // of the last packet
}

const instanceAddress = "10.0.0.10"

var (
	members   = []string{"10.0.0.20", "10.0.0.21"} // of some group
	peers     = append([]string{"10.0.1.7", "172.16.0.9", "100.64.0.5"}, members...)
	protocols = map[string]byte{"tcp": unix.IPPROTO_TCP, "udp": unix.IPPROTO_UDP, "icmp": unix.IPPROTO_ICMP, "gre": unix.IPPROTO_GRE}
)

func openExchange(t *testing.T) *exchange {
	t.Helper()
	x := &exchange{instance: kerneltest.Namespace(t), peer: kerneltest.Namespace(t),
		sender: map[bool]int{}, receivers: map[bool]map[byte]int{true: {}, false: {}}}
	out, _ := kerneltest.Connect(t, x.instance, 0, instanceAddress, x.peer, 0, "10.0.0.1")
	must(t, out.Route(netip.MustParsePrefix("0.0.0.0/0")))
	for _, p := range peers {
		must(t, x.peer.AddLoopback(netip.MustParseAddr(p)))
	}
	var err error
	x.firewall, err = forward.NewFirewall(x.instance, nil)
	must(t, err)
	t.Cleanup(func() { x.firewall.Close() })
	x.flows, err = netlink.NewHandleAt(netns.NsHandle(x.instance.FD()), unix.NETLINK_NETFILTER)
	must(t, err)
	t.Cleanup(x.flows.Close)
	socket := func(n *kernel.Namespace, protocol int) int {
		s, err := n.Socket(unix.AF_INET, unix.SOCK_RAW, protocol)
		must(t, err)
		t.Cleanup(func() { unix.Close(s) })
		return s
	}
	for ingress, ends := range map[bool][2]*kernel.Namespace{true: {x.peer, x.instance}, false: {x.instance, x.peer}} {
		x.sender[ingress] = socket(ends[0], unix.IPPROTO_RAW)
		for _, protocol := range protocols {
			x.receivers[ingress][protocol] = socket(ends[1], int(protocol))
		}
	}
	return x
}

// send sends a connection's first packet and returns its number. Numbers begin above all ports
// that rules speak of: no answer of the kernel's own can be taken for a packet of the test.
func (x *exchange) send(f cloud.Flow) (uint16, error) {
	x.number = max(x.number+1, 10000)
	from, to := f.Peer.As4(), netip.MustParseAddr(instanceAddress).As4()
	if !f.Ingress {
		from, to = to, from
	}
	payload := make([]byte, 20)
	binary.BigEndian.PutUint16(payload, x.number)
	binary.BigEndian.PutUint16(payload[2:], f.Port)
	switch f.Protocol {
	case "tcp":
		payload[12], payload[13] = 5<<4, 0x02 // a SYN without options
	case "udp":
		binary.BigEndian.PutUint16(payload[4:], uint16(len(payload)))
	case "icmp":
		copy(payload, []byte{8, 0, 0, 0}) // echo request
		binary.BigEndian.PutUint16(payload[4:], x.number)
		binary.BigEndian.PutUint16(payload[2:], internetChecksum(payload))
	case "gre":
		copy(payload, []byte{0, 0, 8, 0})
		binary.BigEndian.PutUint16(payload[4:], x.number)
	}
	if f.Protocol == "tcp" {
		pseudo := append(append(from[:], to[:]...), 0, unix.IPPROTO_TCP, 0, byte(len(payload)))
		binary.BigEndian.PutUint16(payload[16:], internetChecksum(append(pseudo, payload...)))
	}
	packet := []byte{4<<4 | 5, 0, 0, 0, 0, 0, 0, 0, 64, protocols[f.Protocol], 0, 0}
	packet = append(append(append(packet, from[:]...), to[:]...), payload...)
	return x.number, unix.Sendto(x.sender[f.Ingress], packet, 0, &unix.SockaddrInet4{Addr: to})
}

// internetChecksum is that of an even number of bytes.
func internetChecksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// arrived are the numbers of the packets that came through, up to the last one, which must.
func (x *exchange) arrived(ingress bool, last uint16) (map[uint16]bool, error) {
	came := map[uint16]bool{}
	buffer := make([]byte, 256)
	for deadline := time.Now().Add(answerTime); ; {
		complete := came[last]
		for protocol, socket := range x.receivers[ingress] {
			for {
				n, err := unix.Read(socket, buffer)
				if errors.Is(err, unix.EAGAIN) {
					break
				}
				if err != nil {
					return nil, err
				}
				payload := buffer[20:n]
				switch {
				case protocol == unix.IPPROTO_ICMP && payload[0] != 8:
				case protocol == unix.IPPROTO_ICMP || protocol == unix.IPPROTO_GRE:
					came[binary.BigEndian.Uint16(payload[4:])] = true
				default:
					came[binary.BigEndian.Uint16(payload)] = true
				}
			}
		}
		if complete { // and every socket was read after that
			return came, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("the last packet did not arrive in %v", answerTime)
		}
	}
}

// Random groups judge random packets as cloud.Admits says they do.
func TestFirewallAgreesWithTheModel(t *testing.T) {
	x := openExchange(t)
	// One processor's packets stay in order, so the last one to arrive is the last one to be judged.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, one unix.CPUSet
	must(t, unix.SchedGetaffinity(0, &before))
	defer unix.SchedSetaffinity(0, &before)
	for cpu := 0; one.Count() == 0; cpu++ {
		if before.IsSet(cpu) {
			one.Set(cpu)
		}
	}
	must(t, unix.SchedSetaffinity(0, &one))

	rapid.Check(t, func(r *rapid.T) {
		groups := drawGroups(r)
		if err := x.firewall.Set(groups); err != nil {
			r.Fatal(err)
		}
		for _, ingress := range []bool{true, false} {
			// What came in may be answered: that is for another test.
			if err := x.flows.ConntrackTableFlush(netlink.ConntrackTable); err != nil {
				r.Fatal(err)
			}
			flows := rapid.SliceOfN(drawFlow(ingress), 10, 30).Draw(r, "flows")
			// From the provider's own block everything passes.
			flows = append(flows, cloud.Flow{Ingress: ingress, Protocol: "udp", Peer: netip.MustParseAddr("100.64.0.5"), Port: 80})
			sent := map[uint16]cloud.Flow{}
			var last uint16
			for _, f := range flows {
				number, err := x.send(f)
				// What a firewall drops on its way out fails to be sent.
				if err != nil && !(errors.Is(err, unix.EPERM) && !ingress) {
					r.Fatalf("send %+v: %v", f, err)
				}
				sent[number], last = f, number
			}
			came, err := x.arrived(ingress, last)
			if err != nil {
				r.Fatal(err)
			}
			for number, f := range sent {
				if want := cloud.Admits(groups, f); came[number] != want {
					r.Errorf("%+v passed: %t, want %t", f, came[number], want)
				}
			}
		}
	})
}

// drawGroups draws up to three security groups of one type.
func drawGroups(r *rapid.T) []*cloud.SecurityGroup {
	kind := rapid.SampledFrom([]string{"normal", "enterprise"}).Draw(r, "type")
	source := &cloud.SecurityGroup{Type: "normal", Members: drawMembers(r)}
	groups := make([]*cloud.SecurityGroup, rapid.IntRange(1, 3).Draw(r, "groups"))
	for i := range groups {
		groups[i] = &cloud.SecurityGroup{Type: kind, Members: drawMembers(r),
			InnerAccess: kind == "normal" && rapid.Bool().Draw(r, "inner access")}
		groups[i].Rules = rapid.SliceOfN(drawRule(source), 0, 8).Draw(r, "rules")
	}
	return groups
}

func drawMembers(r *rapid.T) []netip.Addr {
	var out []netip.Addr
	for _, m := range members {
		if rapid.Bool().Draw(r, m) {
			out = append(out, netip.MustParseAddr(m))
		}
	}
	return out
}

func drawRule(source *cloud.SecurityGroup) *rapid.Generator[cloud.SecurityGroupRule] {
	return rapid.Custom(func(r *rapid.T) cloud.SecurityGroupRule {
		rule := cloud.SecurityGroupRule{
			Ingress:    rapid.Bool().Draw(r, "ingress"),
			IPProtocol: rapid.SampledFrom([]string{"tcp", "udp", "icmp", "gre", "all"}).Draw(r, "protocol"),
			Accept:     rapid.Bool().Draw(r, "accept"),
			Priority:   rapid.SampledFrom([]int{1, 2, 50, 100}).Draw(r, "priority"),
		}
		if rapid.IntRange(0, 3).Draw(r, "by group") == 0 {
			rule.Group = source
		} else {
			rule.CIDR = netip.MustParsePrefix(rapid.SampledFrom([]string{
				"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/24", "10.0.0.20/31", "10.0.0.20/32", "10.0.1.0/24", "172.16.0.0/12", "100.64.0.0/10",
			}).Draw(r, "block"))
		}
		if rule.IPProtocol == "tcp" || rule.IPProtocol == "udp" {
			ends := rapid.SliceOfN(rapid.SampledFrom(ports), 2, 2).Draw(r, "ports")
			rule.PortFirst, rule.PortLast = min(ends[0], ends[1]), max(ends[0], ends[1])
			if rapid.IntRange(0, 3).Draw(r, "every port") == 0 {
				rule.PortFirst, rule.PortLast = 0, 0
			}
		}
		return rule
	})
}

var ports = []uint16{1, 79, 80, 81, 443, 9999}

func drawFlow(ingress bool) *rapid.Generator[cloud.Flow] {
	return rapid.Custom(func(r *rapid.T) cloud.Flow {
		f := cloud.Flow{Ingress: ingress,
			Protocol: rapid.SampledFrom([]string{"tcp", "udp", "icmp", "gre"}).Draw(r, "protocol"),
			Peer:     netip.MustParseAddr(rapid.SampledFrom(peers).Draw(r, "peer"))}
		if f.Protocol == "tcp" || f.Protocol == "udp" {
			f.Port = rapid.SampledFrom(ports).Draw(r, "port")
		}
		return f
	})
}
