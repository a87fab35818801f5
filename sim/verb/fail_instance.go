package verb

import (
	"fmt"
	"slices"
	"strings"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// failInstance makes an instance fail in a mode.
type failInstance struct {
	instance string
	mode     string
}

var _ = register("fail instance", func(e scenarios.Entry) Verb {
	if e.Fail == nil || e.Fail.Instance == "" {
		return nil
	}
	v := failInstance{e.Fail.Instance, e.Fail.Mode}
	if v.mode == "" {
		v.mode = "crash"
	}
	return v
})

// instanceModes are the ways in which an instance fails.
var instanceModes = []struct {
	name         string
	inject, heal func(instance string) []Act
}{
	{ // its power is gone: its links and its programs with it. Afterwards they start afresh, and
		// answer packets of old connections with a reset.
		"crash",
		func(in string) []Act { return []Act{Cut{[]string{in}}, StopServices{in}} },
		func(in string) []Act { return []Act{Mend{[]string{in}}, StartServices{in}} },
	},
	{ // it freezes: packets go in and none comes out, its links stay up.
		"hang",
		func(in string) []Act { return []Act{Hang{in}} },
		func(in string) []Act { return []Act{Resume{in}} },
	},
	{ // its programs end: its ports refuse connections, the instance itself lives.
		"refuse",
		func(in string) []Act { return []Act{StopServices{in}} },
		func(in string) []Act { return []Act{StartServices{in}} },
	},
}

func instanceModeNames() []string {
	var names []string
	for _, m := range instanceModes {
		names = append(names, m.name)
	}
	return names
}

func (v failInstance) Check(c *cloud.Checker, at Line) {
	if known := instanceModeNames(); !slices.Contains(known, v.mode) {
		c.Report(c.Errorf(at.Path+".fail.mode", "mode %s is not for this", v.mode).Advise("one of %s", strings.Join(known, ", ")))
	}
	in := c.Instance(at.Path+".fail.instance", v.instance)
	if in != nil && v.mode == "refuse" && len(in.Run) == 0 {
		c.Report(c.Errorf(at.Path+".fail.mode", "%s runs no service whose port could be closed: the fault would remove nothing", in.Name).
			Advise("choose mode crash or hang"))
	}
}

func (v failInstance) Describe() string {
	return fmt.Sprintf("fail instance %s (%s)", v.instance, v.mode)
}

func (v failInstance) Inject(Place) []Act {
	return instanceModes[slices.Index(instanceModeNames(), v.mode)].inject(v.instance)
}

func (v failInstance) Heal(Place, []control.Result) []Act {
	return instanceModes[slices.Index(instanceModeNames(), v.mode)].heal(v.instance)
}

func (v failInstance) Effect(Place, []control.Result) event.Effect {
	return event.Effect{Hosts: []string{v.instance}}
}

func (v failInstance) Reaction(*cloud.Cloud) Reaction {
	return Reaction{Backends: []string{v.instance}}
}
