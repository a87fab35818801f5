package metric

import (
	"fmt"
	"strings"
)

// table is the figures as a table in Markdown, for the reference of the language: those with the
// same meaning in one row.
func table() string {
	var b strings.Builder
	b.WriteString("| figure | is | |\n|---|---|---|\n")
	for _, s := range Subjects() {
		all := s.Figures()
		if s == Probe { // those of a load, and
			fmt.Fprintf(&b, "| `probe.P.…` | | as those of a load, but the shares; and |\n")
		}
		for i := 0; i < len(all); {
			f, names := all[i], []string{}
			for ; i < len(all) && all[i].Help == f.Help && all[i].Unit == f.Unit; i++ {
				if s != Probe || !has(Load, all[i].Name) {
					names = append(names, tableNames(s, all[i])...)
				}
			}
			if len(names) == 0 {
				continue
			}
			names[0] = "`" + string(s) + "." + strings.ToUpper(string(s[:1])) + names[0][1:]
			fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.Join(names, ", "), f.Unit, f.Help)
		}
		if s == Load {
			fmt.Fprintf(&b, "| `load.L.before.…`, `load.L.during.…`, `load.L.after.…` | | the same but the shares, before the first fault,"+
				" from then until the last heal, and after that |\n")
		}
	}
	return b.String()
}

func has(s Subject, name string) bool {
	for _, f := range s.Figures() {
		if f.Name == name {
			return true
		}
	}
	return false
}

func tableNames(s Subject, f Figure) []string {
	if f.Each == EachPartner {
		return []string{"`." + f.Name + ".I`"}
	}
	var out []string
	for _, name := range Names([]Figure{f}) {
		out = append(out, "`."+name+"`")
	}
	return out
}

// classTable is the classes of errors as a table in Markdown.
func classTable() string {
	var b strings.Builder
	b.WriteString("| class of error | |\n|---|---|\n")
	for _, c := range Classes() {
		if c.Failed {
			fmt.Fprintf(&b, "| `%s` | %s |\n", c.Name, c.Help)
		}
	}
	return b.String()
}
