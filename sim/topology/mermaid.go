package topology

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// mermaid draws for Markdown. Names are not used as ids: mermaid gives some words a meaning.
func (p *picture) mermaid() []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, "flowchart LR")
	id := map[string]string{}
	nets := 0
	for i, z := range p.zones {
		fmt.Fprintf(&b, "  subgraph z%d[\"%s\"]\n", i, quoted(string(z.zone)))
		for _, n := range z.nets {
			fmt.Fprintf(&b, "    subgraph v%d[\"%s\"]\n", nets, quoted(n.title()))
			nets++
			for _, h := range n.hosts {
				id[h.Name] = fmt.Sprintf("h%d", len(id))
				lines := p.lines(h)
				for i := range lines {
					lines[i] = quoted(lines[i])
				}
				text := strings.Join(lines, "<br/>")
				fmt.Fprintf(&b, "      %s[\"%s\"]:::%s\n", id[h.Name], text, h.Kind)
			}
			fmt.Fprintln(&b, "    end")
		}
		fmt.Fprintln(&b, "  end")
	}
	for _, l := range p.links {
		line := "---"
		if l.standby {
			line = "-.-"
		}
		if l.delay > 0 {
			line += fmt.Sprintf("|%s|", l.delay)
		}
		fmt.Fprintf(&b, "  %s %s %s\n", id[l.from], line, id[l.to])
	}
	var kinds []Kind
	for kind := range colours {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		fmt.Fprintf(&b, "  classDef %s fill:%s,stroke:%s,color:#1f2328\n", kind, colours[kind].fill, colours[kind].line)
	}
	return b.Bytes()
}

// quoted is a text for between mermaid's quotes, which has its own entities.
func quoted(text string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;").Replace(text)
}
