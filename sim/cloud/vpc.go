package cloud

import (
	"fmt"
	"net/netip"
)

// prefix keeps signatures short.
type prefix = netip.Prefix

// forbidden are the blocks that neither a VPC nor a vSwitch may use (documented: VPC API,
// CreateVpc and CreateVSwitch).
var forbidden = []struct {
	block prefix
	use   string
}{
	{netip.MustParsePrefix("100.64.0.0/10"), "the provider's own services"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local addresses"},
}

func (b *builder) vpcs() {
	for i, in := range b.s.Cloud.VPCs {
		path := fmt.Sprintf("cloud.vpcs[%d]", i)
		v := b.cloud.VPCs[i]
		v.Account, v.CIDRBlock = in.Account, in.CIDRBlock.Masked()
		parts := make([]prefix, 0, len(in.VSwitches))
		for _, w := range in.VSwitches {
			parts = append(parts, w.CIDRBlock.Masked())
		}
		b.fixed[v] = b.vpcBlock(path+".cidr_block", in.CIDRBlock, parts)
		taken := newBlocks()
		for j, w := range in.VSwitches {
			at := fmt.Sprintf("%s.vswitches[%d]", path, j)
			vsw := v.VSwitches[j]
			vsw.Zone, vsw.CIDRBlock = b.zone(at+".zone", w.Zone), w.CIDRBlock.Masked()
			b.vswitchBlock(at+".cidr_block", w.CIDRBlock, vsw, taken)
		}
	}
	all := newBlocks()
	for i, v := range b.cloud.VPCs {
		if !v.CIDRBlock.IsValid() {
			continue
		}
		if other := all.add(v.CIDRBlock, v.Name); other != "" {
			b.report(b.warn(fmt.Sprintf("cloud.vpcs[%d].cidr_block", i), "%s overlaps the block of %s", v.CIDRBlock, other).
				Advise("PrivateLink allows it, other connections between the VPCs would not"))
		}
	}
}

// vpcBlock checks a VPC's block and gives what it should be.
func (b *builder) vpcBlock(path string, block prefix, vswitches []prefix) prefix {
	if !block.IsValid() {
		return block
	}
	meant := block.Masked()
	if block != meant {
		meant = likelyBlock(meant, vswitches)
		b.report(b.errorf(path, "%s has host bits set: the block of that length is %s", block, block.Masked()).Instead(meant.String()))
	}
	if bits := block.Bits(); bits < 8 || bits > 28 {
		b.report(b.errorf(path, "a VPC's mask is between 8 and 28 bits long, not %d", bits).
			Instead(netip.PrefixFrom(block.Addr(), min(max(bits, 8), 28)).Masked().String()))
	}
	b.notForbidden(path, block)
	return meant
}

// likelyBlock is the block that was probably meant where host bits are set: the one that holds
// the vSwitches, when the canonical block holds none of them and one block holds them all.
func likelyBlock(canonical prefix, vswitches []prefix) prefix {
	var around prefix
	for _, w := range vswitches {
		if !w.IsValid() || w.Bits() < canonical.Bits() {
			return canonical
		}
		holds := netip.PrefixFrom(w.Addr(), canonical.Bits()).Masked()
		if holds == canonical || around.IsValid() && around != holds {
			return canonical
		}
		around = holds
	}
	if around.IsValid() {
		return around
	}
	return canonical
}

func (b *builder) vswitchBlock(path string, block prefix, w *VSwitch, taken *blocks) {
	if !block.IsValid() {
		return
	}
	canonical := block.Masked()
	if bits := block.Bits(); bits < 16 || bits > 29 {
		b.report(b.errorf(path, "a vSwitch's mask is between 16 and 29 bits long, not %d", bits).
			Instead(netip.PrefixFrom(block.Addr(), min(max(bits, 16), 29)).Masked().String()))
		b.doubtful[w] = true
		return
	}
	if block != canonical {
		b.report(b.errorf(path, "%s has host bits set", block).Instead(canonical.String()))
	}
	b.notForbidden(path, block)
	vpc := w.VPC.CIDRBlock
	if !vpc.IsValid() {
		return
	}
	if !inside(canonical, vpc) {
		d := b.errorf(path, "vSwitch %s (%s) lies outside %s's block %s", w.Name, canonical, w.VPC.Name, vpc)
		if fixed := b.fixed[w.VPC]; inside(canonical, fixed) {
			d = d.Advise("keep %s: it fits once %s's cidr_block is %s", canonical, w.VPC.Name, fixed)
		} else {
			d = d.Instead(moved(canonical, vpc).String())
			b.doubtful[w] = true
		}
		b.report(d)
		return
	}
	if other := taken.add(canonical, w.Name); other != "" {
		b.report(b.errorf(path, "%s overlaps vSwitch %s", canonical, other).Advise("choose a free block of %s", vpc))
		b.doubtful[w] = true
	}
}

func (b *builder) notForbidden(path string, block prefix) {
	for _, f := range forbidden {
		if block.Overlaps(f.block) {
			b.report(b.errorf(path, "%s overlaps %s, which is for %s", block, f.block, f.use).
				Advise("use 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"))
			return
		}
	}
}

func inside(inner, outer prefix) bool {
	return inner.IsValid() && outer.IsValid() && outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// moved is a block moved into outer: its own bits beyond outer's mask are kept.
func moved(block, outer prefix) prefix {
	if block.Bits() < outer.Bits() {
		return outer
	}
	return netip.PrefixFrom(graft(block.Addr(), outer), block.Bits()).Masked()
}

// graft is addr with the network part of block.
func graft(addr netip.Addr, block prefix) netip.Addr {
	a, net := addr.As4(), block.Masked().Addr().As4()
	for i := range a {
		keep := min(max(block.Bits()-8*i, 0), 8) // bits of this byte that belong to the network
		mask := byte(0xff) << (8 - keep)
		a[i] = net[i]&mask | a[i]&^mask
	}
	return netip.AddrFrom4(a)
}
