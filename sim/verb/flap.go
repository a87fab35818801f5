package verb

import (
	"fmt"

	"netlab/scenarios"
	"netlab/sim/cloud"
)

// flap takes a link down and up again, over and over.
type flap struct {
	notYet
	scenarios.Flap
}

var _ = register("flap", func(e scenarios.Entry) Verb {
	if e.Flap == nil {
		return nil
	}
	return flap{Flap: *e.Flap}
})

func (v flap) Check(c *cloud.Checker, at Line) {
	c.Link(at.Path+".flap.link", v.Link)
	if lasts := at.Entry.For; lasts > 0 && v.Every > lasts {
		c.Report(c.Errorf(at.Path+".flap.every", "the link would not even go down once in %s", lasts).Advise("shorten every, or lengthen for"))
	}
}

func (v flap) Describe() string {
	return fmt.Sprintf("flap link %s–%s every %s", v.Link[0], v.Link[1], v.Every)
}

func (flap) refuse() (key, what string) { return "flap", "flap" }
