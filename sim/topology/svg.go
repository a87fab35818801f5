package topology

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Measures of the drawing, in pixels. The font is monospaced so that a text's width is known
// without one: a letter is 0.602 of the font's size in all the fonts named.
const (
	svgFont   = `ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace`
	nameSize  = 13
	smallSize = 11
	letter    = 0.602

	margin   = 12 // around everything
	padding  = 16 // inside a zone and inside a VPC
	titleBar = 26 // of a zone and of a VPC
	apart    = 14 // between two hosts, and between two VPCs, on top of each other
	aisle    = 44 // between two tiers, for the links
	swing    = 52 // of a link that passes a host by
	nodeHigh = 58
	lineHigh = 15
)

// svg draws without any other program.
func (p *picture) svg() []byte {
	d := p.layout()
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family='%s' role="img">`+"\n",
		d.width, d.height, d.width, d.height, svgFont)
	fmt.Fprintln(&b, "<title>Topology</title>")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="12" fill="#ffffff"/>`+"\n", d.width, d.height)
	for _, z := range d.zones {
		z.draw(&b, "#f6f8fa", "#d0d7de", "#1f2328", nameSize)
	}
	for _, n := range d.nets {
		line, text := "#b6c2cf", "#57606a"
		if n.vpc {
			line, text = "#54aeff", "#0969da"
		}
		n.draw(&b, "#ffffff", line, text, smallSize)
	}
	for _, l := range p.links {
		d.drawLink(&b, l)
	}
	for _, z := range p.zones {
		for _, n := range z.nets {
			for _, h := range n.hosts {
				d.drawHost(&b, h, p.lines(h))
			}
		}
	}
	fmt.Fprintln(&b, "</svg>")
	return b.Bytes()
}

func (r titled) draw(b *bytes.Buffer, fill, line, text string, size int) {
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="10" fill="%s" stroke="%s"/>`+"\n", r.x, r.y, r.w, r.h, fill, line)
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="%d" font-weight="600" fill="%s">%s</text>`+"\n",
		r.x+12, r.y+18, size, text, escape(r.title))
}

func (d *drawing) drawHost(b *bytes.Buffer, h *Host, lines []string) {
	r, c := d.hosts[h.Name], colours[h.Kind]
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="7" fill="%s" stroke="%s" stroke-width="1.4"/>`+"\n", r.x, r.y, r.w, r.h,
		c.fill, c.line)
	y := r.y + (r.h-len(lines)*lineHigh)/2 + 11
	for line, text := range lines {
		style := `fill="#57606a"`
		if line == 0 {
			style = `fill="#1f2328" font-weight="600"`
		}
		fmt.Fprintf(b, `<text x="%d" y="%d" font-size="%d" %s text-anchor="middle">%s</text>`+"\n", r.x+r.w/2, y, lineSize(line), style,
			escape(text))
		y += lineHigh
	}
}

func lineSize(line int) int {
	if line == 0 {
		return nameSize
	}
	return smallSize
}

func (d *drawing) drawLink(b *bytes.Buffer, l pictureLink) {
	from, to := d.hosts[l.from], d.hosts[l.to]
	style := `stroke="#57606a" stroke-width="1.6"`
	if l.standby {
		style = `stroke="#8c959f" stroke-width="1.6" stroke-dasharray="5 4"`
	}
	if !l.interZone {
		x1, y1, x2, y2 := from.x+from.w, from.y+from.h/2, to.x, to.y+to.h/2
		middle := (x1 + x2) / 2
		fmt.Fprintf(b, `<path d="M%d %d C%d %d %d %d %d %d" fill="none" %s/>`+"\n", x1, y1, middle, y1, middle, y2, x2, y2, style)
		return
	}
	if from.y > to.y {
		from, to = to, from
	}
	x, y1, y2 := from.x+from.w/2, from.y+from.h, to.y
	bend := 0
	if d.crossed(from, to) {
		x, bend = from.x+from.w-12, swing
	}
	fmt.Fprintf(b, `<path d="M%d %d C%d %d %d %d %d %d" fill="none" %s/>`+"\n", x, y1, x+bend, y1, x+bend, y2, x, y2, style)
	if l.delay > 0 {
		label := l.delay.String()
		w := textWidth(label, smallSize) + 12
		x, y := x, (y1+y2)/2
		if bend > 0 { // a quarter of the way along the curve: its middle is beside the host
			x, y = x+bend*9/16, y1+(y2-y1)*5/32
		}
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="18" rx="9" fill="#ffffff" stroke="#d0d7de"/>`+"\n", x-w/2, y-9, w)
		fmt.Fprintf(b, `<text x="%d" y="%d" font-size="%d" fill="#57606a" text-anchor="middle">%s</text>`+"\n", x, y+4, smallSize, escape(label))
	}
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

func textWidth(s string, size int) int {
	return int(float64(utf8.RuneCountInString(s)*size)*letter + 0.5)
}
