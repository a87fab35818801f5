package impair

import "time"

// A pace tells how busy the engine is, judged by windows of 10 ms, and what it may do about it.
//
// When frames are sparse, polling for the next one and real-time priority make them exact and cost
// little. When they stream, polling only takes the core that the load needs; and a real-time
// thread that is always busy keeps every other thread off its core until the kernel stops it for
// 50 ms in each second (sched_rt_runtime_us), which streams see as stalls.
type pace struct {
	began    int64 // of the present window
	resumed  int64
	busy     int64 // time between waits in this window
	spinning int64 // time that spinning takes or would take in this window

	streaming bool // as judged by the last window
	saturated bool
}

const (
	window         = int64(10 * time.Millisecond)
	streamingShare = 0.30 // of the window, busy or else spinning
	saturatedShare = 0.50 // of the window, busy
)

// longestSpin is for how long before a frame is due the engine polls instead of sleeping. Waking up
// takes 17 to 50 µs on an idle virtual machine; 60 µs covers nine of ten wake-ups, more buys nothing.
const longestSpin = int64(60 * time.Microsecond)

// rest is called before waiting for next.
func (p *pace) rest(now, next int64) {
	p.busy += now - p.resumed
	if length := float64(now - p.began); length >= float64(window) {
		busy, spinning := float64(p.busy)/length, float64(p.spinning)/length
		p.streaming = busy > streamingShare || spinning > streamingShare
		p.saturated = busy > saturatedShare
		p.began, p.busy, p.spinning = now, 0, 0
	}
	if next > now && next != never {
		p.spinning += min(longestSpin, next-now)
	}
}

// resume is called when the wait is over.
func (p *pace) resume(now int64) { p.resumed = now }

// spin is how much of the wait to spend polling.
func (p *pace) spin() int64 {
	if p.streaming {
		return 0
	}
	return longestSpin
}
