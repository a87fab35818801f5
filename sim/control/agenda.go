package control

import "time"

// An agenda is a heap of appointments, the earliest first; of two at one time, the one made first.
type agenda struct {
	list []appointment
	made uint64
}

type appointment struct {
	at   time.Duration
	made uint64
	keep func()
}

func (a *agenda) Len() int      { return len(a.list) }
func (a *agenda) Swap(i, j int) { a.list[i], a.list[j] = a.list[j], a.list[i] }
func (a *agenda) Push(x any)    { a.list = append(a.list, x.(appointment)) }

func (a *agenda) Less(i, j int) bool {
	if a.list[i].at != a.list[j].at {
		return a.list[i].at < a.list[j].at
	}
	return a.list[i].made < a.list[j].made
}

func (a *agenda) Pop() any {
	last := a.list[len(a.list)-1]
	a.list[len(a.list)-1] = appointment{} // let what it holds go
	a.list = a.list[:len(a.list)-1]
	return last
}
