package impair

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// within says whether a count of n trials of a chance lies within 4 standard deviations.
func within(count, n int, chance float64) bool {
	return math.Abs(float64(count)-float64(n)*chance) <= 4*math.Sqrt(float64(n)*chance*(1-chance))
}

func TestChancesAreThoseAskedFor(t *testing.T) {
	const n = 200_000
	s := newShape(Quality{Delay: time.Second, Loss: 0.01, Duplicate: 0.02, Reorder: 0.03, Corrupt: 0.04}, 3, 4)
	var lost Losses
	var doubled, overtakes, corrupted int
	for i := range int64(n) {
		f, leaves := s.decide(i, 1500, &lost)
		if leaves != i {
			t.Fatal("a line without a rate takes time")
		}
		if f.lost != nil {
			*f.lost++
		}
		if f.doubled {
			doubled++
		}
		if f.overtakes {
			overtakes++
		}
		if f.corrupted {
			corrupted++
		}
	}
	left := n - int(lost.Random)
	for name, c := range map[string]struct {
		count, n int
		chance   float64
	}{
		"loss": {int(lost.Random), n, 0.01}, "duplicate": {doubled, left, 0.02},
		"reorder": {overtakes, left, 0.03}, "corrupt": {corrupted, left, 0.04},
	} {
		if !within(c.count, c.n, c.chance) {
			t.Errorf("%s: %d of %d, want %.0f", name, c.count, c.n, float64(c.n)*c.chance)
		}
	}
	if lost.Total() != lost.Random {
		t.Errorf("lost for other reasons: %+v", lost)
	}
}

func TestTheSameSeedGivesTheSameFates(t *testing.T) {
	q := Quality{Loss: 0.5, BurstLoss: BurstLoss{Good: time.Second, Bad: time.Second}}
	fates := func(seed, stream uint64) (lost []bool) {
		s := newShape(q, seed, stream)
		for i := range int64(1000) {
			f, _ := s.decide(i*1e6, 100, new(Losses))
			lost = append(lost, f.lost != nil)
		}
		return lost
	}
	if !slices.Equal(fates(1, 0), fates(1, 0)) {
		t.Error("one seed gave two courses")
	}
	if slices.Equal(fates(1, 0), fates(1, 1)) || slices.Equal(fates(1, 0), fates(2, 0)) {
		t.Error("two directions or two seeds gave one course")
	}
}

func TestBurstsLastAsLongAsAskedWhateverTheTraffic(t *testing.T) {
	q := BurstLoss{Good: 900 * time.Millisecond, Bad: 100 * time.Millisecond}
	for _, gap := range []time.Duration{time.Millisecond, 10 * time.Millisecond, time.Second} {
		r := rand.New(rand.NewPCG(5, 6))
		b := newBurst(q)
		const total = 4 * time.Hour
		lost, n := 0, int(total/gap)
		for i := range int64(n) {
			if b.loses(i*int64(gap), r) {
				lost++
			}
		}
		// Packets closer than a cycle share their luck: the trials that count are the cycles.
		trials := min(n, int(total/(q.Good+q.Bad)))
		if scaled := lost * trials / n; !within(scaled, trials, 0.1) {
			t.Errorf("a packet every %v: lost %.4f, want 0.1", gap, float64(lost)/float64(n))
		}
	}
}

func TestBurstLosesItsShareInTheBadState(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	b := newBurst(BurstLoss{Good: 1, Bad: 1 << 60, Loss: 0.3})
	b.begun, b.isBad, b.until = true, true, math.MaxInt64
	lost := 0
	for range n {
		if b.loses(0, r) {
			lost++
		}
	}
	if !within(lost, n, 0.3) {
		t.Errorf("lost %d of %d, want 30 %%", lost, n)
	}
}

func TestLineSendsAtItsRateToTheNanosecond(t *testing.T) {
	const rate = 7_777_777
	var s serialiser
	r := rand.New(rand.NewPCG(9, 10))
	bits, last := 0.0, int64(0)
	for range 100_000 {
		size := 60 + r.IntN(1455)
		bits += 8 * float64(size)
		leaves, ok := s.take(0, size, rate, MaxQueue)
		if !ok || leaves < last {
			t.Fatalf("leaves at %d after %d, %v", leaves, last, ok)
		}
		last = leaves
	}
	if want := bits / rate * 1e9; math.Abs(float64(last)-want) > 1 {
		t.Errorf("the last packet leaves at %d ns, want %.1f", last, want)
	}
}

func TestLineQueuesSoManyBytes(t *testing.T) {
	const rate, size, queue = 8_000_000, 1000, 10_000 // 1 ms a packet
	var s serialiser
	took := 0
	for range 100 {
		if _, ok := s.take(0, size, rate, queue); ok {
			took++
		}
	}
	if took != queue/size {
		t.Errorf("took %d packets at once, want %d", took, queue/size)
	}
	if _, ok := s.take(1_000_000, size, rate, queue); !ok {
		t.Error("no room after the first packet left")
	}
	if _, ok := s.take(1_000_000, 1, rate, queue); ok {
		t.Error("room for more than the queue holds")
	}
	if leaves, ok := s.take(1e9, 2*queue, rate, queue); !ok || leaves != 1e9+20e6 {
		t.Errorf("an empty line: leaves at %d, %v", leaves, ok)
	}
}

func TestQueueReleasesByDueTimeAndArrival(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	p := &pool{frames: make([]frame, 5000)}
	var q queue
	q.arrival = math.MaxUint32 - 1000 // wraps around on the way
	type item struct {
		due  int64
		slot slot
	}
	var want []item
	for i := range p.frames {
		p.frames[i] = frame{size: i, packets: 2}
		due := r.Int64N(500)
		want = append(want, item{due, slot(i)})
		q.push(p, slot(i), due)
	}
	if q.packets != 2*len(p.frames) {
		t.Errorf("%d packets", q.packets)
	}
	slices.SortStableFunc(want, func(a, b item) int { return int(a.due - b.due) })
	for i, w := range want {
		if due := q.due(); due != w.due {
			t.Fatalf("frame %d is due at %d, want %d", i, due, w.due)
		}
		if got := q.pop(p); got.slot != w.slot {
			t.Fatalf("frame %d is %d, want %d", i, got.slot, w.slot)
		}
	}
	if q.due() != never || q.packets != 0 || p.held != 0 {
		t.Errorf("the empty queue is due at %d, has %d packets, holds %d bytes", q.due(), q.packets, p.held)
	}
}

func TestValidateRefusesWhatCannotBeDoneExactly(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		q    Quality
		want string // "" for valid
	}{
		{Quality{}, ""},
		{Quality{Delay: 10 * ms, Jitter: 3 * ms, Correlation: 0.25, Loss: 1, Reorder: 0.1}, ""},
		{Quality{Delay: 10 * ms, Jitter: 10 * ms, Distribution: Uniform}, ""},
		{Quality{BurstLoss: BurstLoss{Good: time.Second, Bad: ms}, Rate: MinRate, Queue: 1}, ""},
		{Quality{Delay: time.Microsecond}, "delay 1µs: want 0 or between 50µs and 10s"},
		{Quality{Delay: -1}, "delay -1ns: want 0 or between 50µs and 10s"},
		{Quality{Delay: 10 * ms, Jitter: 5 * ms}, "jitter 5ms: some frames would need a delay below 0; with delay 10ms want at most 3.236"},
		{Quality{Jitter: -1}, "jitter -1ns: want 0 or more"},
		{Quality{Delay: ms, Distribution: Pareto}, "distribution and correlation are those of jitter, which is 0"},
		{Quality{Loss: 1.1}, "loss 1.1: want between 0 and 1"},
		{Quality{Corrupt: math.NaN()}, "corrupt NaN: want between 0 and 1"},
		{Quality{BurstLoss: BurstLoss{Bad: ms}}, "burst loss: want mean times of the good and of the bad state above 0"},
		{Quality{Reorder: 0.1}, "reorder needs a delay"},
		{Quality{Rate: 1}, "rate 1 bit/s: want 0 or at least 10000"},
		{Quality{Queue: 1}, "queue: packets only queue for a rate"},
		{Quality{Rate: MinRate, Queue: MaxQueue + 1}, "queue 268435457 bytes"},
	} {
		err := Spec{BA: c.q}.validate()
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", c.q, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%+v: %v, want %s", c.q, err, c.want)
		}
	}
}
