package protocol

import "slices"

// An Engine is one of those that send requests, by the name that a scenario's engine key and
// netlab load --engine give it. Package loadgen/engine makes it.
type Engine string

const (
	Epoll    Engine = "epoll"
	IOUring  Engine = "io_uring"
	Standard Engine = "standard"
	Hey      Engine = "hey"
)

var engines = []Engine{Epoll, IOUring, Standard, Hey}

// Engines are the names of the engines, in the order in which people are told of them.
func Engines() []string {
	names := make([]string, len(engines))
	for i, e := range engines {
		names[i] = string(e)
	}
	return names
}

// Default is the engine that speaks a protocol where nobody chooses one.
func Default(name Name) Engine {
	p, _ := Of(name)
	return p.Engines[0]
}

// OwnSchedule says that the engine sends at the rate of its beginning and at even distances, whatever
// arrivals, pauses or changes of the rate are asked of it.
func (e Engine) OwnSchedule() bool { return e == Hey }

// AnyCertificate says that the engine can't be told whom to trust.
func (e Engine) AnyCertificate() bool { return e == Hey }

// List joins names as in "a, b or c".
func List[T ~string](names []T) string {
	var text string
	for i, name := range names {
		switch {
		case i > 0 && i == len(names)-1:
			text += " or "
		case i > 0:
			text += ", "
		}
		text += string(name)
	}
	return text
}

// Known says whether there is such an engine.
func (e Engine) Known() bool { return slices.Contains(engines, e) }
