package main

import (
	"fmt"
	"testing"

	"netlab/netlab/dns"
	"netlab/netlab/kernel"
	"netlab/sim/fidelity"
)

// Values of the fidelity document whose constants stand in packages that it can't import.
func TestConstantsOfTheFidelityDocument(t *testing.T) {
	wanted := map[string]string{
		"MTU":                                  fmt.Sprint(kernel.MTU),
		"How long a client may keep an answer": fmt.Sprintf("%d s", dns.TTL),
	}
	for _, section := range fidelity.Sections() {
		for _, row := range section.Rows {
			if want, ok := wanted[row.Behaviour]; ok && row.Value != want {
				t.Errorf("%s: the document says %s, the code %s", row.Behaviour, row.Value, want)
			}
			delete(wanted, row.Behaviour)
		}
	}
	for behaviour := range wanted {
		t.Errorf("the document does not mention: %s", behaviour)
	}
}
