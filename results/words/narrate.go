package words

import (
	"fmt"
	"strings"

	"netlab/results/figures"
	"netlab/scenarios/visible"
	"netlab/sim/event"
)

// Narrate tells an event in one line of plain words; "" for events that nobody wants to read one
// by one.
func Narrate(e event.Event) string {
	return visible.Text(strings.ReplaceAll(tell(e), "\n", "; "))
}

func tell(e event.Event) string {
	switch what := e.What.(type) {
	case event.BuildBegun:
		return "building " + what.Scenario
	case event.BuildDone:
		return fmt.Sprintf("built in %s: %d namespaces, %d links", figures.Millis(what.TookMS), what.Namespaces, what.Links)
	case event.BuildRemoved:
		return "removed in " + figures.Millis(what.TookMS).String()
	case event.Call:
		if what.Account != "" {
			return fmt.Sprintf("%s account %s %s", what.Call, what.Account, what.Resource)
		}
		return what.Call + " " + what.Resource
	case event.Refusal:
		return joined(fmt.Sprintf("proved: %s %s %s", what.Call, what.Resource, what.Got), what.Why)
	case event.Transition:
		name := what.Name
		if what.Part != "" {
			name += " " + what.Part
		}
		return joined(name+" "+arrow(what.From, what.To), string(what.Resource))
	case event.Record:
		addresses := make([]string, len(what.Addresses))
		for i, a := range what.Addresses {
			addresses[i] = a.String()
		}
		return what.Name + " is " + strings.Join(addresses, " ")
	case event.Check:
		return joined(fmt.Sprintf("proved: %s → %s %s", what.From, what.To, what.Got), what.Why)
	case event.Health:
		return joined(fmt.Sprintf("backend %s is %s for node %s", what.Backend, what.To, what.Zone.Short()), what.Cause)
	case event.Node:
		return fmt.Sprintf("node %s of %s is %s", what.Zone.Short(), what.LoadBalancer, what.To)
	case event.Route:
		if what.From == "" || what.From == what.To {
			return fmt.Sprintf("%s is served by %s", what.LoadBalancer, what.To)
		}
		return fmt.Sprintf("%s moved to %s in %s", what.LoadBalancer, what.To, figures.Millis(what.TookUS/1e3))
	case event.Slots:
		servers := "nobody"
		if len(what.Backends) > 0 {
			servers = strings.Join(what.Backends, " ")
		}
		return fmt.Sprintf("node %s of %s sends new connections to %s", what.Zone.Short(), what.LoadBalancer, servers)
	case event.Inject:
		return joined("FAULT "+what.Fault, figures.Effect(what.Effect))
	case event.Heal:
		return "HEALED " + what.Fault
	case event.Phase:
		return phase(what.Phase)
	case event.Warning:
		return "warning: " + what.Text
	case event.Failure:
		return "failed: " + what.Text
	}
	return ""
}

func phase(p event.PhaseName) string {
	switch p {
	case event.WarmUp:
		return "warming up"
	case event.Measure:
		return "measuring"
	case event.Done:
		return "load ended"
	}
	return string(p)
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
