package scenarios

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"netlab/scenarios/protocol"
)

const (
	referenceFile = "../docs/scenario.md"
	keysBegin     = "<!-- keys -->\n"
	keysEnd       = "<!-- end of keys -->\n"
	schemesBegin  = "<!-- schemes -->\n"
	schemesEnd    = "<!-- end of schemes -->\n"
)

// The table of schemes is what package protocol says.
func TestReferenceOfSchemesIsCurrent(t *testing.T) {
	var b strings.Builder
	b.WriteString("\n| scheme | one request is | for | engines, the default first |\n|---|---|---|---|\n")
	for p := range protocol.All() {
		if !p.Load {
			continue
		}
		target, uses := string(p.Name)+"://HOST:PORT", "loads"
		if p.Port != 0 {
			target = string(p.Name) + "://HOST[:PORT]"
		}
		if p.Path {
			target += "/PATH"
		}
		if p.Probe {
			uses += ", probes"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` |\n", target, p.Request, uses, strings.Join(names(p.Engines), "`, `"))
	}
	b.WriteString("\n")
	generated(t, schemesBegin, b.String(), schemesEnd)
}

func names(engines []protocol.Engine) []string {
	var out []string
	for _, e := range engines {
		out = append(out, string(e))
	}
	return out
}

// The last part of the reference is what the types say.
func TestReferenceOfKeysIsCurrent(t *testing.T) {
	tables, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	generated(t, keysBegin, renderTables(tables), keysEnd)
}

// generated holds the part of the reference between two marks to what it is made of.
func generated(t *testing.T, begin, want, end string) {
	t.Helper()
	src, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(src), begin)
	now, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for what stands between %q and %q", referenceFile, begin, end)
	}
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(referenceFile, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, now); diff != "" {
		t.Errorf("%s is not what the source gives: go test ./scenarios -run Reference -update (-want +got)\n%s", referenceFile, diff)
	}
}

// Whoever adds a key or a verb says so where people look for it.
func TestReferenceNamesWhatTheLanguageHas(t *testing.T) {
	src, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	prose, _, _ := strings.Cut(string(src), keysBegin)
	tables, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		switch table.Name {
		case "Entry", "Step", "Service":
			for _, k := range table.Keys {
				if !strings.Contains(prose, k.Name+":") && !strings.Contains(prose, "`"+k.Name+"`") {
					t.Errorf("no word of %s", k.Name)
				}
			}
		}
	}
}

func renderTables(tables []Table) string {
	var b strings.Builder
	for _, table := range tables {
		fmt.Fprintf(&b, "\n### %s\n\n", title(table.Name))
		if len(table.Forms) > 1 {
			fmt.Fprintf(&b, "One of: %s.\n\n", strings.Join(table.Forms, ", "))
		}
		b.WriteString("| key | value | default | |\n|---|---|---|---|\n")
		for _, k := range table.Keys {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, valueOf(k), defaultOf(k), k.About)
		}
	}
	return b.String()
}

func valueOf(k Key) string {
	is := k.Is
	if len(k.Enum) > 0 {
		is = "`" + strings.Join(k.Enum, "` `") + "`"
		if strings.HasPrefix(k.Is, "list") {
			is = "list of " + is
		}
	}
	if k.Of != "" {
		heading := title(k.Of)
		is += fmt.Sprintf(": [%s](#%s)", heading, anchor(heading))
	}
	if k.Range != "" {
		is += ", " + k.Range
	}
	return is
}

func defaultOf(k Key) string {
	switch {
	case k.Required:
		return "needed"
	case k.Default != "":
		return "`" + k.Default + "`"
	}
	return ""
}

// titles are those that a type's name does not give.
var titles = map[string]string{
	"Scenario": "The file", "VPC": "VPC", "VSwitch": "vSwitch", "ACL": "ACL", "ACLEntry": "ACL entry", "HTTPService": "HTTP service",
	"HTTPSService":     "HTTPS service",
	"MasterSlaveGroup": "Primary/secondary group", "MasterSlaveMember": "Primary/secondary member", "Links": "Quality of links",
	"Entry": "Timeline entry",
}

// title is a type's name as people say it: "Server group".
func title(name string) string {
	if t := titles[name]; t != "" {
		return t
	}
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteRune(' ')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// anchor is the fragment that GitHub gives to a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(heading), " ", "-"), "/", "")
}
