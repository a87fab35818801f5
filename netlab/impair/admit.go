package impair

import "time"

// burstTime is how much of a limited line's time one frame may take. A super-frame that takes
// longer is cut, so that its packets arrive at the line's pace rather than all at once.
const burstTime = int64(100 * time.Microsecond)

// An admission is the passage of one frame of a batch into the queue. The slot that it was read
// into goes along where all of the frame stays together; pieces of it are copies.
type admission struct {
	flow   *flow
	engine *Engine
	number int // of the message in the batch
	frame  []byte
	super  superframe
	now    int64
}

// A run is packets from up to before to of one frame that stay together; empty if to is 0.
type run struct {
	from, to      int
	first, leaves int64 // when the line has sent the first and the last packet
}

// admit decides on each packet of a frame. Neighbours that nothing happens to stay one frame.
func (f *flow) admit(e *Engine, number int, now int64) {
	a := admission{flow: f, engine: e, number: number, now: now}
	a.frame = e.pool.bytes(e.in.slots[number])[:e.in.size(number)]
	known := false
	if a.super, known = parse(a.frame); !known && f.shape.tellsPacketsApart() {
		f.stats.Uncut++
	}
	f.stats.Packets += int64(a.super.count)
	var r run
	for packet := range a.super.count {
		fate, leaves := f.shape.decide(f.arrival, a.super.size(packet), &f.stats.Lost)
		fate.corrupted = fate.corrupted && known // else the checksum can't be completed
		if fate.ordinary() && r.to > 0 && leaves-r.first <= burstTime {
			r.to, r.leaves = packet+1, leaves
			continue
		}
		a.queue(r, ordinary)
		r = run{}
		switch alone := (run{packet, packet + 1, leaves, leaves}); {
		case fate.lost != nil:
			*fate.lost++
		case fate.ordinary():
			r = alone
		default:
			a.queue(alone, fate)
		}
	}
	a.queue(r, ordinary)
}

// queue adds a run to the flow's queue as a frame of its own.
func (a *admission) queue(r run, fate fate) {
	packets := r.to - r.from
	if packets == 0 {
		return
	}
	f, p := a.flow, a.engine.pool
	due := f.shape.schedule(f.arrival, r.leaves, fate.overtakes)
	switch {
	case a.now-due > a.engine.patience:
		f.stats.Drops.Late += int64(packets)
		return
	case p.full():
		f.stats.Drops.Full += int64(packets)
		return
	}
	s := p.take()
	if packets == a.super.count {
		in := a.engine.in
		s, in.slots[a.number] = in.slots[a.number], s
		in.hold(a.number, p, in.slots[a.number], slotSize)
		p.frames[s] = frame{len(a.frame), packets}
	} else {
		p.frames[s] = frame{a.super.carve(p.bytes(s), a.frame, r.from, r.to), packets}
	}
	if fate.corrupted {
		f.stats.Corrupted++
		corrupt(p.bytes(s)[:p.frames[s].size], f.shape.random.IntN)
	}
	if fate.overtakes {
		f.stats.Reordered++
	}
	f.queue.push(p, s, due)
	if fate.doubled {
		f.stats.Duplicated++
		if p.full() {
			f.stats.Drops.Full++
			return
		}
		copied := p.take()
		copy(p.bytes(copied), p.bytes(s)[:p.frames[s].size])
		p.frames[copied] = p.frames[s]
		f.queue.push(p, copied, due)
	}
}
