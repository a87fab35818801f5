package topology_test

import (
	"bytes"
	"testing"

	"netlab/scenarios/visible/visibletest"
	"netlab/sim/topology"
)

// The language allows no such names; whoever makes a topology otherwise gets no picture that steers a terminal or a browser either.
func TestHostileNamesAreShown(t *testing.T) {
	for _, form := range []string{"text", "dot", "mermaid", "svg"} {
		topo := frankfurt()
		visibletest.Spoil(topo)
		for i, h := range frankfurt().Hosts {
			topo.Hosts[i].Kind = h.Kind // netlab's own words
		}
		picture, err := topology.Graph(topo, form)
		if form == "text" {
			var out bytes.Buffer
			err = topology.Print(&out, topo)
			picture = out.Bytes()
		}
		if err != nil {
			t.Fatal(err)
		}
		visibletest.Check(t, form, string(picture), false)
		if form != "text" && bytes.Contains(picture, []byte("<img")) && form != "dot" {
			t.Errorf("%s: the hostile text's markup is the picture's:\n%s", form, picture)
		}
	}
}
