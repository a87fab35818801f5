package kernel

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// MTU is that of ECS instances (documented: 1500 by default; jumbo frames do not pass an SLB).
const MTU = 1500

// Gateway is the next hop of every route. No host owns it: each NIC has a permanent neighbour
// entry that maps it to the MAC at the link's other end, so no ARP is ever sent.
var Gateway = netip.AddrFrom4([4]byte{169, 254, 1, 1})

// A NIC is one end of a link, named eth<Number> in its namespace. MACs are unique in a lab.
type NIC struct {
	Namespace *Namespace
	Number    int
	MAC       net.HardwareAddr
	PeerMAC   net.HardwareAddr
	Address   netip.Addr // zero for none
}

func (c NIC) name() string { return fmt.Sprintf("eth%d", c.Number) }

// index is the NIC's interface index, made from its MAC so that the two ends of a link never
// share one: the kernel takes a veth whose ends have equal indexes for a plain device and may
// hold back its carrier event for a second (linkwatch_urgent_event).
func (c NIC) index() int {
	return 1<<24 | int(c.MAC[3])<<16 | int(c.MAC[4])<<8 | int(c.MAC[5])
}

func (c NIC) device() netlink.Link {
	return &netlink.Device{LinkAttrs: netlink.LinkAttrs{Index: c.index(), Name: c.name()}}
}

// CreateLink makes one veth pair with both ends in place, down. One message names both
// namespaces: moving a veth afterwards would cost 16 ms (two RCU grace periods) and leave it
// stranded in the wrong namespace if netlab died in between.
func CreateLink(a, b NIC) error {
	// netlink.Veth can't choose the peer's index, so this message is built by hand.
	req := nl.NewNetlinkRequest(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL|unix.NLM_F_ACK)
	req.Sockets = map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: {Socket: a.Namespace.links}}
	info := nl.NewIfInfomsg(unix.AF_UNSPEC)
	info.Index = int32(a.index())
	req.AddData(info)
	for _, attr := range a.attributes() {
		req.AddData(attr)
	}
	link := nl.NewRtAttr(unix.IFLA_LINKINFO, nil)
	link.AddRtAttr(nl.IFLA_INFO_KIND, nl.NonZeroTerminated("veth"))
	peer := link.AddRtAttr(nl.IFLA_INFO_DATA, nil).AddRtAttr(nl.VETH_INFO_PEER, nil)
	nl.NewIfInfomsgChild(peer, unix.AF_UNSPEC).Index = int32(b.index())
	for _, attr := range b.attributes() {
		peer.AddChild(attr)
	}
	peer.AddRtAttr(unix.IFLA_NET_NS_FD, nl.Uint32Attr(uint32(b.Namespace.FD())))
	req.AddData(link)
	if _, err := req.Execute(unix.NETLINK_ROUTE, 0); err != nil {
		return fmt.Errorf("create link %s (%s) – %s (%s): %w", a.name(), a.MAC, b.name(), b.MAC, err)
	}
	return nil
}

// attributes are those that both ends of a veth take at creation. One queue each: with the
// default number the kernel waits for an RCU period per end.
func (c NIC) attributes() []*nl.RtAttr {
	return []*nl.RtAttr{
		nl.NewRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated(c.name())),
		nl.NewRtAttr(unix.IFLA_ADDRESS, c.MAC),
		nl.NewRtAttr(unix.IFLA_MTU, nl.Uint32Attr(MTU)),
		nl.NewRtAttr(unix.IFLA_NUM_TX_QUEUES, nl.Uint32Attr(1)),
		nl.NewRtAttr(unix.IFLA_NUM_RX_QUEUES, nl.Uint32Attr(1)),
	}
}

// Up sets the NIC up and gives it its address and its one neighbour. The kernel forgets the
// neighbour and the NIC's routes whenever the NIC goes down, so this is also how a link heals;
// routes are the caller's to set again.
func (c NIC) Up() error {
	if err := c.Namespace.routes.LinkSetUp(c.device()); err != nil {
		return fmt.Errorf("set %s up: %w", c.name(), err)
	}
	if c.Address.IsValid() {
		addr := &netlink.Addr{IPNet: ipNet(netip.PrefixFrom(c.Address, c.Address.BitLen()))}
		if err := c.Namespace.routes.AddrReplace(c.device(), addr); err != nil {
			return fmt.Errorf("add address %s to %s: %w", c.Address, c.name(), err)
		}
	}
	neigh := &netlink.Neigh{
		LinkIndex: c.index(), Family: unix.AF_INET, State: netlink.NUD_PERMANENT,
		IP: Gateway.AsSlice(), HardwareAddr: c.PeerMAC,
	}
	if err := c.Namespace.routes.NeighSet(neigh); err != nil {
		return fmt.Errorf("set neighbour of %s: %w", c.name(), err)
	}
	return nil
}

// Down cuts the link at this end: the peer loses its carrier, and this namespace its neighbour
// and its routes over the NIC.
func (c NIC) Down() error {
	if err := c.Namespace.routes.LinkSetDown(c.device()); err != nil {
		return fmt.Errorf("set %s down: %w", c.name(), err)
	}
	return nil
}

// AddLoopback gives the namespace an address of its own on lo.
func (n *Namespace) AddLoopback(a netip.Addr) error {
	lo := &netlink.Device{LinkAttrs: netlink.LinkAttrs{Index: 1, Name: "lo"}}
	addr := &netlink.Addr{IPNet: ipNet(netip.PrefixFrom(a, a.BitLen()))}
	if err := n.routes.AddrReplace(lo, addr); err != nil {
		return fmt.Errorf("add address %s to lo: %w", a, err)
	}
	return nil
}

// Route sends dst out of the NIC, in place of any earlier route to it.
func (c NIC) Route(dst netip.Prefix) error {
	if err := c.Namespace.routes.RouteReplace(c.routeTo(dst)); err != nil {
		return fmt.Errorf("route %s over %s: %w", dst, c.name(), err)
	}
	return nil
}

func (c NIC) routeTo(dst netip.Prefix) *netlink.Route {
	route := &netlink.Route{
		LinkIndex: c.index(), Dst: ipNet(dst),
		Gw: Gateway.AsSlice(), Flags: int(netlink.FLAG_ONLINK),
	}
	if c.Address.IsValid() {
		route.Src = c.Address.AsSlice()
	}
	return route
}

// Blackhole drops packets to dst without an answer, as a VPC does with what it has no route for.
func (n *Namespace) Blackhole(dst netip.Prefix) error {
	route := &netlink.Route{Dst: ipNet(dst), Type: unix.RTN_BLACKHOLE}
	if err := n.routes.RouteReplace(route); err != nil {
		return fmt.Errorf("blackhole %s: %w", dst, err)
	}
	return nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
