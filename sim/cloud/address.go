package cloud

import (
	"net/netip"

	"netlab/scenarios"
)

// addresses are those of one VPC.
type addresses struct {
	by     map[netip.Addr]string   // in use, with their owners
	asked  map[netip.Addr]bool     // written somewhere in the scenario, or suggested
	lowest map[*VSwitch]netip.Addr // below this one, none of the vSwitch is free
}

// askedAddresses notes every address that the scenario writes, so that neither an assignment nor
// a suggestion takes it.
func (b *builder) askedAddresses() {
	ask := func(vswitch string, addr netip.Addr) {
		if w, ok := b.named[vswitch].what.(*VSwitch); ok && addr.IsValid() {
			b.taken[w.VPC].asked[addr] = true
		}
	}
	for _, i := range b.s.Cloud.Instances {
		ask(i.VSwitch, i.PrivateIP)
	}
	for _, l := range b.s.Cloud.LoadBalancers {
		ask(l.VSwitch, l.Address)
	}
	for _, e := range b.s.Cloud.Endpoints {
		for _, z := range e.Zones {
			ask(z.VSwitch, z.IP)
		}
	}
}

// reserved says whether the provider keeps an address of a vSwitch to itself: the first and the
// last three (documented: VPC API, CreateVSwitch; of 192.168.1.0/24: .0, .253, .254, .255).
func reserved(addr netip.Addr, block prefix) bool {
	if addr == block.Masked().Addr() {
		return true
	}
	for range 3 {
		if addr = addr.Next(); !block.Contains(addr) {
			return true
		}
	}
	return false
}

// address checks an address that the scenario writes and enters it. Where none is written, the
// lowest free one is assigned once all written ones are known, so that an assignment never takes
// what another resource asks for.
func (b *builder) address(path, owner string, addr netip.Addr, w *VSwitch, set func(netip.Addr)) {
	if w == nil || !w.CIDRBlock.IsValid() || b.doubtful[w] || b.s.Source.Failed(path) {
		set(addr)
		return
	}
	used := b.taken[w.VPC]
	switch {
	case !addr.IsValid():
		b.later = append(b.later, func() {
			free := b.lowestFree(w)
			if !free.IsValid() {
				b.report(b.errorf(path, "vSwitch %s (%s) has no free address left for %s", w.Name, w.CIDRBlock, owner).
					Advise("use a larger block or another vSwitch"))
				return
			}
			used.by[free] = owner
			set(free)
		})
		return
	case !w.CIDRBlock.Contains(addr):
		d := b.errorf(path, "%s lies outside vSwitch %s (%s)", addr, w.Name, w.CIDRBlock)
		if other := b.vswitchOf(addr, w.VPC); other != nil {
			d.Message += ", inside " + other.Name
			if other.VPC != w.VPC {
				d.Message += " of " + other.VPC.Name
			}
		}
		b.report(b.move(d, addr, w))
	case reserved(addr, w.CIDRBlock):
		d := b.errorf(path, "%s is reserved: a vSwitch's first and last three addresses are the provider's", addr)
		b.report(b.move(d, addr, w))
	case used.by[addr] != "":
		b.report(b.move(b.errorf(path, "%s is in use by %s already", addr, used.by[addr]), addr, w))
	default:
		used.by[addr] = owner
		b.outsideVPC(path, addr, w)
	}
	set(addr)
}

// outsideVPC reports an address that is right for its vSwitch where the vSwitch itself is not in
// its VPC: both are cured by the VPC's block.
func (b *builder) outsideVPC(path string, addr netip.Addr, w *VSwitch) {
	if fixed := b.fixed[w.VPC]; !w.VPC.CIDRBlock.Contains(addr) && fixed.IsValid() && fixed.Contains(addr) {
		b.report(b.errorf(path, "%s lies outside %s's block %s", addr, w.VPC.Name, w.VPC.CIDRBlock).
			Advise("keep %s: it fits once %s's cidr_block is %s", addr, w.VPC.Name, fixed))
	}
}

// move suggests the free address of a vSwitch that is most like addr: the one with its host part,
// else the lowest. No other suggestion will be the same.
func (b *builder) move(d scenarios.Diagnostic, addr netip.Addr, w *VSwitch) scenarios.Diagnostic {
	like := graft(addr, w.CIDRBlock)
	if a := b.taken[w.VPC]; reserved(like, w.CIDRBlock) || a.by[like] != "" || a.asked[like] {
		like = b.lowestFree(w)
	}
	if !like.IsValid() {
		return d.Advise("the vSwitch is full: use a larger block or another vSwitch")
	}
	b.taken[w.VPC].asked[like] = true
	return d.Instead(like.String())
}

// lowestFree is the lowest address of a vSwitch that nobody has or asks for, or none.
func (b *builder) lowestFree(w *VSwitch) netip.Addr {
	used := b.taken[w.VPC]
	a, ok := used.lowest[w]
	if !ok {
		a = w.CIDRBlock.Addr().Next()
	}
	for ; w.CIDRBlock.Contains(a) && !reserved(a, w.CIDRBlock); a = a.Next() {
		if used.by[a] == "" && !used.asked[a] {
			used.lowest[w] = a
			return a
		}
	}
	return netip.Addr{}
}

// vswitchOf finds the vSwitch that an address belongs to, those of the given VPC first.
func (b *builder) vswitchOf(addr netip.Addr, first *VPC) *VSwitch {
	if b.guesses += len(b.kinds[aVSwitch]); b.guesses > maxGuesses {
		return nil
	}
	for _, v := range append([]*VPC{first}, b.cloud.VPCs...) {
		for _, w := range v.VSwitches {
			if w.CIDRBlock.IsValid() && w.CIDRBlock.Contains(addr) {
				return w
			}
		}
	}
	return nil
}

// assignAddresses gives the resources without a written address theirs, in the order of the file.
func (b *builder) assignAddresses() {
	for _, assign := range b.later {
		assign()
	}
}
