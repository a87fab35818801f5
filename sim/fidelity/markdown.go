package fidelity

import (
	"fmt"
	"strings"

	"netlab/sim/cloud"
)

const introduction = `# Fidelity

How the emulated cloud behaves, how well each behaviour is known, who says so, and which test shows it. Made from the code: edit
[sim/fidelity](../sim/fidelity), then ` + "`go generate ./sim/fidelity`" + `. A test fails when this page is not current, when a row
names a test that is not there, and when a row that is not *unknown* names none.

- **documented**: a source says so. Sources are Alibaba Cloud's API descriptions, help pages and Terraform provider.
- **inferred**: it follows from what sources say.
- **unknown**: no source was found; netlab chose. Don't conclude from it what the cloud does.

Times are those of the documented cloud; a scenario's ` + "`time_scale`" + ` divides them, all but those of silent UDP flows, of
security groups' sessions and of names.

`

// elsewhere is documented behaviour that no scenario can ask for, and that netlab leaves out.
var elsewhere = []string{
	"CLB strips TCP timestamps by default (SLB FAQ).",
	"A zone's cluster is one node: the loss of one LVS node of several, and the synchronisation of sessions between them after three " +
		"packets, can't be shown (SLB Architecture).",
	"Requests a second of HTTP listeners, their cookies and timeouts (SLB API).",
	"Which zones of a region may be primary and backup to each other (SLB Common Configurations; Frankfurt: A and B).",
	"The default security group with its rules for ICMP, 22 and 3389 (ECS).",
	"The metadata service at 100.100.100.200.",
	"SYN proxy, hot migration of instances, IPv6.",
}

// Markdown is docs/fidelity.md. Refused is what netlab run refuses of all that the language has.
func Markdown(refused []string) string {
	var b strings.Builder
	b.WriteString(introduction)
	sections := Sections()
	counts := map[cloud.Fidelity]int{}
	for _, s := range sections {
		for _, r := range s.Rows {
			counts[r.Label]++
		}
	}
	fmt.Fprintf(&b, "%d behaviours: %d documented, %d inferred, %d unknown.\n",
		counts[cloud.Documented]+counts[cloud.Inferred]+counts[cloud.Unknown],
		counts[cloud.Documented], counts[cloud.Inferred], counts[cloud.Unknown])
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n| behaviour | value | | source, or why | test |\n|---|---|---|---|---|\n", s.Title)
		for _, r := range s.Rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", cell(r.Behaviour), cell(r.Value), r.Label, cell(r.Source), tests(r.Tests))
		}
	}
	b.WriteString("\n## What the language can say and netlab can't do yet\n\n" +
		"`netlab run` refuses it, with its line; nothing is ever ignored.\n\n")
	for _, what := range refused {
		fmt.Fprintf(&b, "- %s\n", what)
	}
	b.WriteString("\n## What is documented and left out\n\n")
	for _, what := range elsewhere {
		fmt.Fprintf(&b, "- %s\n", what)
	}
	return b.String()
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func tests(names []string) string {
	if len(names) == 0 {
		return "–"
	}
	linked := make([]string, len(names))
	for i, name := range names {
		linked[i] = "`" + name + "`"
	}
	return strings.Join(linked, "<br>")
}
