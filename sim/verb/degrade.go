package verb

import (
	"fmt"

	"netlab/scenarios"
	"netlab/sim/cloud"
)

// degrade makes a link, all links of a zone or those between zones worse.
type degrade struct {
	notYet
	scenarios.Degrade
}

var _ = register("degrade", func(e scenarios.Entry) Verb {
	if e.Degrade == nil {
		return nil
	}
	return degrade{Degrade: *e.Degrade}
})

func (v degrade) Check(c *cloud.Checker, at Line) {
	path := at.Path + ".degrade"
	how, asked := v.Impairment, path
	if v.InterZone != nil {
		how, asked = *v.InterZone, path+".inter_zone"
	}
	how.Symmetric = false
	if how == (scenarios.Impairment{}) {
		c.Report(c.Errorf(asked, "no impairment is given: nothing would change").Advise("add delay, loss, rate, …"))
	}
	switch {
	case v.Zone != "":
		c.ZoneInUse(path+".zone", v.Zone)
	case len(v.Link) > 0:
		c.Link(path+".link", v.Link)
	}
}

func (v degrade) Describe() string {
	switch {
	case len(v.Link) > 0:
		return fmt.Sprintf("degrade link %s–%s", v.Link[0], v.Link[1])
	case v.Zone != "":
		return "degrade links of " + v.Zone
	}
	return "degrade links between zones"
}

func (degrade) refuse() (key, what string) { return "degrade", "degrade" }
