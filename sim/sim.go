// Package sim is a scenario as netlab understands it: the cloud that it describes, resolved and
// checked, and what its timeline does to that cloud.
package sim

import (
	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/verb"
)

// Load decodes a scenario file and builds its cloud: every error and warning at once, in the order
// of the file. With errors the scenario and the cloud are good for nothing but display.
func Load(filename string, src []byte) (*scenarios.Scenario, *cloud.Cloud, scenarios.Diagnostics) {
	return LoadWith(filename, src, nil, nil)
}

// LoadWith is Load with some values replaced and variables put in, as in scenarios.DecodeWith.
func LoadWith(filename string, src []byte, overrides []string, env scenarios.Environment) (
	*scenarios.Scenario, *cloud.Cloud, scenarios.Diagnostics,
) {
	s, diags := scenarios.DecodeWith(filename, src, overrides, env)
	if s == nil {
		return nil, nil, diags
	}
	c, more := Build(s)
	diags = append(diags, more...)
	diags.Sort()
	return s, c, diags
}

// Build is the cloud of a decoded scenario, its timeline checked.
func Build(s *scenarios.Scenario) (*cloud.Cloud, scenarios.Diagnostics) {
	return cloud.Build(s, verb.Check)
}

// NotEmulated says what a valid scenario asks for that netlab can't do yet. `netlab run` refuses
// such a scenario: nothing is ever ignored.
func NotEmulated(s *scenarios.Scenario) scenarios.Diagnostics {
	diags := append(cloud.NotEmulated(s), verb.NotEmulated(s)...)
	diags.Sort()
	return diags
}
