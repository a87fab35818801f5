package metric

import "slices"

// A Class is what a request ended by, when no answer came.
type Class struct {
	Name string
	Help string
	// Failed requests count as failures; those of the other class, whose fate nobody knows, don't.
	Failed bool
	// Column says that series.csv has a column for it; the rest stands under "other" there.
	Column bool
}

// classes are in the order of the series' columns. Which error is of which class results.Class says.
var classes = []Class{
	{"refused", "nobody listens on the port, or a firewall rejects", true, true},
	{"reset", "the connection was cut with a RST", true, true},
	{"timeout", "no answer in time", true, true},
	{"unreachable", "no route to the host or its network", true, true},
	{"closed", "the other side closed the connection before the answer was whole", true, true},
	{"protocol", "the answer was none of the protocol's", true, true},
	{"status", "the answer's status was an error", true, true},
	{"ports", "the client had no local port left", true, false},
	{"shed", "it was not sent at all: too many were waiting for a connection", true, true},
	{"open", "it was still unanswered when the run ended", false, true},
}

// Classes are all classes. An error of none of them goes by its name in C, EPIPE.
func Classes() []Class { return slices.Clone(classes) }
