package figures

import (
	"fmt"

	"netlab/scenarios"
)

// describe says what an entry of the timeline does, as the scenario file puts it.
func describe(e *scenarios.Entry) string {
	switch {
	case e.Fail != nil:
		return describeFail(e.Fail)
	case e.Flap != nil:
		return fmt.Sprintf("flap link %s–%s every %s", e.Flap.Link[0], e.Flap.Link[1], e.Flap.Every)
	case len(e.Partition) > 0:
		return fmt.Sprintf("partition %v", e.Partition)
	case e.Degrade != nil:
		return "degrade " + degraded(e.Degrade)
	case e.Set != nil:
		return fmt.Sprintf("set weight of %s to %d", server(e.Set.Server), e.Set.Weight)
	case e.Remove != nil:
		return "remove " + server(e.Remove.Server)
	case e.Add != nil:
		return fmt.Sprintf("add %s with weight %d", server(e.Add.Server), e.Add.Weight)
	case e.Reject != "":
		return "reject the connection of " + e.Reject
	case e.Accept != "":
		return "accept the connection of " + e.Accept
	case e.Disable != nil:
		return fmt.Sprintf("disable %s in %s", e.Disable.Endpoint, e.Disable.Zone)
	case e.Enable != nil:
		return fmt.Sprintf("enable %s in %s", e.Enable.Endpoint, e.Enable.Zone)
	case e.Replace != nil:
		return fmt.Sprintf("replace the load balancer of %s in %s (%s)", e.Replace.Endpoint, e.Replace.Zone, e.Replace.Mode)
	case e.Revoke != nil:
		return "revoke a rule of " + e.Revoke.SecurityGroup
	case e.Authorize != nil:
		return fmt.Sprintf("authorize a rule in %s: %s", e.Authorize.SecurityGroup, e.Authorize.Rule.Policy)
	case e.Load != nil && e.Load.Over > 0:
		return fmt.Sprintf("load %s to %g/s over %s", e.Load.Name, e.Load.Rate, e.Load.Over)
	case e.Load != nil:
		return fmt.Sprintf("load %s to %g/s", e.Load.Name, e.Load.Rate)
	}
	return ""
}

func describeFail(f *scenarios.Fail) string {
	mode := f.Mode
	switch {
	case f.CLBCluster != "":
		return fmt.Sprintf("fail CLB cluster %s in %s", f.CLBCluster, f.Zone)
	case f.Instance != "":
		if mode == "" {
			mode = "crash"
		}
		return fmt.Sprintf("fail instance %s (%s)", f.Instance, mode)
	case len(f.Link) > 0:
		if mode == "" {
			mode = "down"
		}
		return fmt.Sprintf("fail link %s–%s (%s)", f.Link[0], f.Link[1], mode)
	}
	return "fail zone " + f.Zone
}

func degraded(d *scenarios.Degrade) string {
	switch {
	case len(d.Link) > 0:
		return fmt.Sprintf("link %s–%s", d.Link[0], d.Link[1])
	case d.Zone != "":
		return "links of " + d.Zone
	}
	return "links between zones"
}

func server(r scenarios.ServerRef) string {
	if r.ServerGroup != "" {
		return fmt.Sprintf("%s of %s on %s", r.Instance, r.ServerGroup, r.LoadBalancer)
	}
	return fmt.Sprintf("%s on %s", r.Instance, r.LoadBalancer)
}
