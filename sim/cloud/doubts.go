package cloud

import "strings"

// doubts warns of a cloud that is allowed and probably not meant.
func (b *builder) doubts() {
	var zone Zone
	var held []string
	hold := func(name string, w *VSwitch) bool {
		if w == nil || w.Zone == "" {
			return true
		}
		if zone == "" {
			zone = w.Zone
		}
		held = append(held, name)
		return w.Zone == zone
	}
	for _, e := range b.cloud.Instances {
		if !hold(e.Name, e.VSwitch) {
			return
		}
	}
	for _, e := range b.cloud.Endpoints {
		for _, z := range e.Zones {
			if !hold(e.Name, z.VSwitch) {
				return
			}
		}
	}
	if len(held) > 1 {
		b.report(b.warn("cloud", "every resource is in %s: an outage of that zone can't be survived (%s)", zone, strings.Join(held, ", ")).
			Advise("put some in another zone"))
	}
}
