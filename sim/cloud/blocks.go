package cloud

import "net/netip"

// blocks finds overlaps among address blocks without comparing each with each: two blocks overlap
// where one holds the other, so that it is enough to know who owns a block and who lies below it.
type blocks struct {
	owner map[prefix]string
	below map[prefix]string // some owner inside that block
}

func newBlocks() *blocks {
	return &blocks{owner: map[prefix]string{}, below: map[prefix]string{}}
}

// add enters a block, or gives the owner of one that it overlaps.
func (s *blocks) add(p prefix, owner string) (overlaps string) {
	if other, ok := s.below[p]; ok {
		return other
	}
	for bits := p.Bits(); bits >= 0; bits-- {
		around := netip.PrefixFrom(p.Addr(), bits).Masked()
		if other, ok := s.owner[around]; ok {
			return other
		}
	}
	s.owner[p] = owner
	for bits := p.Bits(); bits >= 0; bits-- {
		s.below[netip.PrefixFrom(p.Addr(), bits).Masked()] = owner
	}
	return ""
}
