package words

import (
	"fmt"
	"strings"

	"netlab/results/figures"
	"netlab/sim/cloud"
	"netlab/sim/event"
)

// Narrate tells an event in one line of plain words; "" for events that nobody wants to read one
// by one.
func Narrate(e *event.Event) string {
	switch e.Kind {
	case event.BuildBegun:
		return "building " + e.Subject
	case event.BuildDone:
		return joined("built in "+figures.Millis(e.Value).String(), e.Text)
	case event.BuildRemoved:
		return "removed in " + figures.Millis(e.Value).String()
	case event.Step:
		return strings.TrimSpace(e.Text + " " + e.Subject)
	case event.Transition:
		return joined(e.Subject+" "+arrow(e.From, e.To), e.Text)
	case event.Record:
		return e.Subject + " is " + e.To
	case event.Check:
		return joined("proved: "+e.Subject+" "+e.To, e.Text)
	case event.Health:
		return joined(fmt.Sprintf("backend %s is %s for node %s", e.Subject, e.To, cloud.Zone(e.Zone).Short()), e.Text)
	case event.Node:
		return fmt.Sprintf("node %s of %s is %s", cloud.Zone(e.Zone).Short(), e.Subject, e.To)
	case event.Route:
		if e.From == "" || e.From == e.To {
			return fmt.Sprintf("%s is served by %s", e.Subject, e.To)
		}
		return fmt.Sprintf("%s moved to %s in %s", e.Subject, e.To, figures.Millis(e.Value/1e3))
	case event.Slots:
		servers := e.Text
		if servers == "" {
			servers = "nobody"
		}
		return fmt.Sprintf("node %s of %s sends new connections to %s", cloud.Zone(e.Zone).Short(), e.Subject, servers)
	case event.Inject:
		return joined("FAULT "+e.Subject, e.Text)
	case event.Heal:
		return joined("HEALED "+e.Subject, e.Text)
	case event.Phase:
		switch e.Subject {
		case "warm_up":
			return "warming up"
		case "measure":
			return "measuring"
		case "done":
			return "load ended"
		}
		return e.Subject
	case event.Warning:
		return "warning: " + e.Text
	case event.Failure:
		return "failed: " + e.Text
	}
	return ""
}

func joined(what, more string) string {
	if more == "" {
		return what
	}
	return what + ": " + more
}

func arrow(from, to string) string {
	if from == "" {
		return to
	}
	return from + " → " + to
}
