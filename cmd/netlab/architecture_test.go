package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// house is the one way through: no package imports one that stands after it. Packages of one
// line know nothing of each other.
var house = [][]string{
	{"analysis", "scenarios/protocol"},
	{"scenarios/expect"},
	{"scenarios"},
	{"sim/event", "sim/cloud"},
	{"sim/topology"},
	{"sim/control"},
	{"sim/fidelity"},
	{"netlab/kernel", "netlab/http1"},
	{"netlab/kernel/kerneltest"},
	{"netlab/forward", "netlab/impair", "netlab/dns", "netlab/service", "netlab/workload", "netlab/sandbox"},
	{"netlab/lab", "netlab/console"},
	{"loadgen"},
	{"loadgen/record", "loadgen/worker"},
	{"loadgen/engine"},
	{"loadgen/bench"},
	{"results"},
	{"results/figures", "results/terminal"},
	{"results/words", "results/resultstest"},
	{"results/render", "results/live", "results/compare"},
	{"drill/doctor"},
	{"drill", "drill/loadtest"},
	{"cmd/netlab"},
}

// pure packages open no socket, read no clock and call no kernel.
var pure = []string{"scenarios/protocol", "scenarios", "scenarios/expect", "sim/event", "sim/cloud", "sim/topology", "sim/control", "sim/fidelity", "analysis"}

func TestNothingImportsALaterPackage(t *testing.T) {
	place := map[string]int{}
	for i, row := range house {
		for _, name := range row {
			place["netlab/"+name] = i
		}
	}
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "netlab/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		names := strings.Fields(line)
		from, ok := place[names[0]]
		if !ok {
			t.Errorf("%s has no place in the house", names[0])
			continue
		}
		for _, imported := range names[1:] {
			to, ours := place[imported]
			if ours && to >= from {
				t.Errorf("%s imports %s, which comes later", names[0], imported)
			}
			if slices.Contains(pure, strings.TrimPrefix(names[0], "netlab/")) && slices.Contains([]string{"net", "net/http", "os/exec", "syscall", "golang.org/x/sys/unix"}, imported) {
				t.Errorf("%s imports %s: it must stay pure", names[0], imported)
			}
		}
	}
}
