package cloud

import "netlab/scenarios"

// Load is a scenario's cloud, without its timeline.
func Load(filename string, src []byte) (*scenarios.Scenario, *Cloud, scenarios.Diagnostics) {
	s, diags := scenarios.Decode(filename, src)
	if s == nil {
		return nil, nil, diags
	}
	c, more := Build(s)
	diags = append(diags, more...)
	diags.Sort()
	return s, c, diags
}
