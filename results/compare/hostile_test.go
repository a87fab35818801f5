package compare

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"netlab/scenarios/visible/visibletest"
)

func TestHostileTextIsShown(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	c := inTurnsMadeUp(t, random, 4, side{factor: 1, variation: .1}, side{factor: 1, variation: .1})
	c.Scenario += visibletest.Hostile
	c.Notes = append(c.Notes, visibletest.Hostile)
	for i := range c.Figures {
		c.Figures[i].Name += visibletest.Hostile
	}
	var out bytes.Buffer
	if err := c.Print(&out, 300, true); err != nil {
		t.Fatal(err)
	}
	visibletest.Check(t, "comparison", out.String(), true)
}
