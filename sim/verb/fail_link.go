package verb

import (
	"fmt"
	"slices"
	"strings"

	"netlab/scenarios"
	"netlab/sim/cloud"
)

// failLink takes the link between two hosts down, or lets it swallow packets.
type failLink struct {
	notYet
	link []string
	mode string
}

var _ = register("fail link", func(e scenarios.Entry) Verb {
	if e.Fail == nil || len(e.Fail.Link) == 0 {
		return nil
	}
	v := failLink{link: e.Fail.Link, mode: e.Fail.Mode}
	if v.mode == "" {
		v.mode = "down"
	}
	return v
})

func (v failLink) Check(c *cloud.Checker, at Line) {
	if known := []string{"down", "blackhole"}; !slices.Contains(known, v.mode) {
		c.Report(c.Errorf(at.Path+".fail.mode", "mode %s is not for this", v.mode).Advise("one of %s", strings.Join(known, ", ")))
	}
	c.Link(at.Path+".fail.link", v.link)
}

func (v failLink) Describe() string {
	return fmt.Sprintf("fail link %s–%s (%s)", v.link[0], v.link[1], v.mode)
}

func (v failLink) refuse() (key, what string) { return "fail.link", "the failure of a link" }
