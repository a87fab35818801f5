package topology

import (
	"bytes"
	"fmt"
	"strings"
)

// dot draws for Graphviz: zones and VPCs are clusters.
func (p *picture) dot() []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, "graph netlab {")
	fmt.Fprintln(&b, "  rankdir=LR; fontname=Helvetica; nodesep=0.3; ranksep=0.8")
	fmt.Fprintln(&b, `  node [shape=box, style="rounded,filled", fontname=Helvetica, fontsize=11]`)
	fmt.Fprintln(&b, `  edge [fontname=Helvetica, fontsize=10, color="#57606a"]`)
	clusters := 0
	cluster := func(indent, title, fill string) {
		fmt.Fprintf(&b, "%ssubgraph cluster_%d {\n", indent, clusters)
		fmt.Fprintf(&b, "%s  label=%q; style=\"rounded,filled\"; color=\"#d0d7de\"; fillcolor=%q\n", indent, title, fill)
		clusters++
	}
	for _, z := range p.zones {
		cluster("  ", string(z.zone), "#f6f8fa")
		for _, n := range z.nets {
			cluster("    ", n.title(), "#ffffff")
			for _, h := range n.hosts {
				fmt.Fprintf(&b, "      %q [label=%q, fillcolor=%q, color=%q]\n",
					h.Name, strings.Join(p.lines(h), "\n"), colours[h.Kind].fill, colours[h.Kind].line)
			}
			fmt.Fprintln(&b, "    }")
		}
		fmt.Fprintln(&b, "  }")
	}
	for _, l := range p.links {
		fmt.Fprintf(&b, "  %q -- %q", l.from, l.to)
		switch {
		case l.interZone && l.delay > 0:
			fmt.Fprintf(&b, " [constraint=false, label=%q]", l.delay)
		case l.interZone:
			fmt.Fprint(&b, " [constraint=false]")
		case l.standby:
			fmt.Fprint(&b, " [style=dashed]")
		}
		fmt.Fprintln(&b)
	}
	fmt.Fprintln(&b, "}")
	return b.Bytes()
}
