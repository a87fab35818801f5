package record

import "netlab/loadgen"

// A Meter is the recorder of one engine. On the engine's thread it only counts; what is done with the
// figures of a second happens elsewhere, while the engine counts on in the next ones.
type Meter struct {
	phases  []Phase
	now     []*Interval // of each phase, the one under way
	full    chan *Interval
	emptied chan *Interval
}

// A Phase is a named part of a run, of the requests that are due from an instant on. Answers may come after
// its end.
type Phase struct {
	Name       string
	Begin, End int64
}

// NewMeter returns a meter for a run of these phases, in order of time.
func NewMeter(phases ...Phase) *Meter {
	m := &Meter{phases: phases, full: make(chan *Interval, 64), emptied: make(chan *Interval, 64)}
	for _, p := range phases {
		m.now = append(m.now, m.next(p.Name, p.Begin))
	}
	return m
}

// Full are the intervals as they end; the channel is closed after the last. Whoever takes one has to
// hand it to Reuse.
func (m *Meter) Full() <-chan *Interval { return m.full }

// Reuse takes an interval back.
func (m *Meter) Reuse(i *Interval) {
	i.reset()
	select {
	case m.emptied <- i:
	default: // plenty of them
	}
}

// Record counts one request. Requests stand in the phase in which they were due, and in the second in
// which they ended.
func (m *Meter) Record(s *loadgen.Sample) {
	phase := len(m.phases) - 1
	for phase > 0 && s.Intended < m.phases[phase].Begin {
		phase--
	}
	now := m.now[phase]
	if at := max(s.Done, s.Intended); at >= now.End {
		if begin := at - (at-now.Begin)%second; now.Offered > 0 {
			m.full <- now
			now = m.next(now.Phase, begin)
			m.now[phase] = now
		} else {
			now.Begin, now.End = begin, begin+second
		}
	}
	now.record(s, m.phases[phase].End)
}

func (m *Meter) next(phase string, begin int64) *Interval {
	var i *Interval
	select {
	case i = <-m.emptied:
	default:
		i = &Interval{Figures: NewFigures()}
	}
	i.Phase, i.Begin, i.End = phase, begin, begin+second
	return i
}

// Close ends the last intervals. The engine must have returned.
func (m *Meter) Close() {
	for _, i := range m.now {
		if i.Offered > 0 {
			m.full <- i
		}
	}
	close(m.full)
}
