package topology

import "slices"

// A drawing is a picture with a place for everything.
type drawing struct {
	width, height int
	zones         []titled
	nets          []titled
	hosts         map[string]box
}

type box struct{ x, y, w, h int }

type titled struct {
	box
	title string
	vpc   bool
}

// A side is a run of tiers that stands in one column of nets: consumers, the fabric, providers.
type side struct{ first, last int }

var sides = []side{{leftInstances, leftEdge}, {fabricTier, fabricTier}, {rightEdge, rightInstances}}

// layout puts zones below each other and sides next to each other. Within a zone's side the nets
// stand on top of each other, and within a net each tier's hosts do, centred.
func (p *picture) layout() *drawing {
	d := &drawing{hosts: map[string]box{}}
	widths := p.tierWidths()
	left, right := tierPlaces(widths)
	for tier, w := range widths {
		if w > 0 {
			d.width = right[tier] + padding + margin
		}
	}

	y := margin
	for _, z := range p.zones {
		inside := 0
		for _, s := range sides {
			inside = max(inside, p.sideHeight(z, s))
		}
		d.zones = append(d.zones, titled{box{margin, y, d.width - 2*margin, titleBar + inside + padding}, string(z.zone), false})
		for _, s := range sides {
			top := y + titleBar + (inside-p.sideHeight(z, s))/2
			for _, n := range z.nets {
				if !p.in(n, s) {
					continue
				}
				frame := box{left[s.first], top, right[s.last] - left[s.first], p.netHeight(n)}
				d.nets = append(d.nets, titled{frame, n.title(), n.vpc != ""})
				p.place(d, n, frame, left, widths)
				top += frame.h + apart
			}
		}
		y += titleBar + inside + padding + apart
	}
	d.height = y - apart + margin
	return d
}

// tierWidths is how wide the widest host of each tier is, 0 for an empty tier.
func (p *picture) tierWidths() [tiers]int {
	var widths [tiers]int
	for i := range p.Hosts {
		h := &p.Hosts[i]
		for line, text := range p.lines(h) {
			tier := p.tier[h.Name]
			widths[tier] = max(widths[tier], textWidth(text, lineSize(line))+24)
		}
	}
	return widths
}

// tierPlaces is where each tier begins and ends, the padding of its net included. Empty tiers take
// no room.
func tierPlaces(widths [tiers]int) (left, right [tiers]int) {
	x := margin + padding
	for _, s := range sides {
		begun := false
		for tier := s.first; tier <= s.last; tier++ {
			left[tier] = x
			if widths[tier] == 0 {
				right[tier] = x
				continue
			}
			if begun {
				x += aisle - 2*padding
				left[tier] = x
			}
			begun = true
			x += padding + widths[tier] + padding
			right[tier] = x
		}
		for tier := s.first; tier <= s.last; tier++ { // a net reaches over its empty tiers
			right[tier] = max(right[tier], x)
		}
		if begun {
			x += aisle - padding
		}
	}
	return left, right
}

func (p *picture) in(n pictureNet, s side) bool {
	tier := p.tier[n.hosts[0].Name]
	return tier >= s.first && tier <= s.last
}

func (p *picture) sideHeight(z pictureZone, s side) int {
	height := 0
	for _, n := range z.nets {
		if p.in(n, s) {
			height += p.netHeight(n) + apart
		}
	}
	return max(0, height-apart)
}

func (p *picture) netHeight(n pictureNet) int {
	most := 0
	for tier := range tiers {
		most = max(most, len(p.tierHosts(n, tier)))
	}
	return titleBar + stackHeight(most) + padding
}

func stackHeight(hosts int) int { return hosts*nodeHigh + (hosts-1)*apart }

func (p *picture) tierHosts(n pictureNet, tier int) []*Host {
	return slices.DeleteFunc(slices.Clone(n.hosts), func(h *Host) bool { return p.tier[h.Name] != tier })
}

func (p *picture) place(d *drawing, n pictureNet, frame box, left, widths [tiers]int) {
	for tier := range tiers {
		hosts := p.tierHosts(n, tier)
		y := frame.y + titleBar + (frame.h-titleBar-padding-stackHeight(len(hosts)))/2
		for _, h := range hosts {
			d.hosts[h.Name] = box{left[tier] + padding, y, widths[tier], nodeHigh}
			y += nodeHigh + apart
		}
	}
}

// crossed reports whether a straight line between two hosts of one tier would cross a third.
func (d *drawing) crossed(upper, lower box) bool {
	for _, b := range d.hosts {
		if b.x == upper.x && b.y > upper.y && b.y < lower.y {
			return true
		}
	}
	return false
}
