package main

import (
	"os"
	"testing"
)

// Other runs go on meanwhile: no run may touch what all of them share.
func TestRunLeavesTheMachineAsItWas(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	before, m := observeHost(t), newMark(t)
	rehearse(t, func(n *netlab) { n.Env = append(os.Environ(), string(m)) }, scenario(t, "frankfurt.yaml", quick))
	m.gone(t)
	before.unchanged(t)
}

func TestTwoRunsAtTheSameTimeDoNotDisturbEachOther(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	file := scenario(t, "frankfurt.yaml", quick)
	first := start(t, nil, "run", file, "--json")
	second := start(t, func(n *netlab) { n.Dir = first.Dir }, "run", file, "--json")
	for _, n := range []*netlab{first, second} {
		if code := n.end(t); code != 0 && code != exitInvalid {
			t.Fatalf("exit code %d:\n%s", code, &n.progress)
		}
		d := parse(t, n.out.Bytes())
		answered(t, d, "load.web.success_ratio")
		answered(t, d, "probes.reach.success_ratio")
		checks(t, d)
	}
	if dirs := first.bundles(t); len(dirs) != 2 {
		t.Errorf("bundles %v, want two", dirs)
	}
}
