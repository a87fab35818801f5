package verb

import "netlab/scenarios"

// Name is the name of a line's verb: its key, and the kind where a key has several, "fail zone".
func Name(e scenarios.Entry) string {
	for _, m := range makers {
		if m.of(e) != nil {
			return m.name
		}
	}
	return ""
}

// Names are the names of all verbs.
func Names() []string {
	var names []string
	for _, m := range makers {
		names = append(names, m.name)
	}
	return names
}
