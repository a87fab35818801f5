package verb

import (
	"fmt"

	"netlab/scenarios"
	"netlab/sim/cloud"
)

// partition keeps groups of hosts from reaching each other.
type partition struct {
	notYet
	groups [][]string
}

var _ = register("partition", func(e scenarios.Entry) Verb {
	if len(e.Partition) == 0 {
		return nil
	}
	return partition{groups: e.Partition}
})

// Check looks for groups without a host, and hosts in two groups.
func (v partition) Check(c *cloud.Checker, at Line) {
	path := at.Path + ".partition"
	seen := map[string]bool{}
	for i, g := range v.groups {
		if at := fmt.Sprintf("%s[%d]", path, i); len(g) == 0 && !c.Unread(at) {
			c.Report(c.Errorf(at, "the group is empty").Advise("name at least one host"))
		}
		for j, name := range g {
			at := fmt.Sprintf("%s[%d][%d]", path, i, j)
			c.Host(at, name)
			if seen[name] && name != "" {
				c.Report(c.Errorf(at, "%s is in two groups", name).Advise("keep one"))
			}
			seen[name] = true
		}
	}
}

func (v partition) Describe() string { return fmt.Sprintf("partition %v", v.groups) }

func (partition) refuse() (key, what string) { return "partition", "partition" }
