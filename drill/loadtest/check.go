package loadtest

import (
	"math"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// localPorts is how many ports one source address has at most towards one target: 1,024 to 65,535.
const localPorts = 65536 - 1024

// spareFiles are the open files that this program needs beside its connections.
const spareFiles = 64

// check refuses options that ask for nothing or for two things at once, and what the machine can't give. The
// plans that they make are checked by package loadgen.
func (o *Options) check() error {
	if !slices.Contains([]string{"", "poisson", "constant", "closed"}, o.Arrivals) {
		return usage("arrivals %q are unknown; write poisson, constant or closed (a ramp or steps: --curve; recorded instants: --replay)",
			o.Arrivals)
	}
	for _, d := range []struct {
		flag  string
		value time.Duration
		least time.Duration
	}{{"duration", o.Duration, 1}, {"warm-up", o.WarmUp, 0}, {"think", o.Think, 0}} {
		if d.value < d.least {
			return usage("--%s %s: write a time such as 10s", d.flag, d.value)
		}
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"loops", o.Loops}, {"max-waiting", o.MaxWaiting}, {"streams", o.Streams}} {
		if n.value < 0 {
			return usage("--%s %d: write a number that is not negative", n.flag, n.value)
		}
	}
	if err := o.checkRates(); err != nil {
		return err
	}
	return o.checkConnections()
}

// checkRates also refuses two schedules at once.
func (o *Options) checkRates() error {
	open := o.Rate != 0 || o.Curve != nil || o.Replay != nil
	switch {
	case o.Replay != nil && (o.Rate != 0 || o.Curve != nil || o.Arrivals != ""):
		return usage("--replay says when to send: leave --rate, --curve and --arrivals out")
	case o.Curve != nil && o.Rate != 0:
		return usage("--curve says the rate: leave --rate out")
	case o.Think > 0 && open:
		return usage("--think is for a closed loop, which has no rate: leave one of them out")
	case o.MaxWaiting > 0 && !open:
		return usage("--max-waiting is for a rate: in a closed loop nothing waits")
	}
	rates := []float64{o.Rate}
	for _, p := range o.Curve {
		rates = append(rates, p.Rate)
	}
	for _, r := range rates {
		if math.IsNaN(r) || r < 0 {
			return usage("a rate of %v", r)
		}
	}
	return nil
}

// checkConnections looks at what the machine can give.
func (o *Options) checkConnections() error {
	if most := localPorts * max(1, len(o.Sources)); o.Connections > most {
		return usage("%d connections to one target: a source address has ports for %d; give more with --source", o.Connections, localPorts)
	}
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err == nil && uint64(max(0, o.Connections))+spareFiles > files.Cur {
		return usage("%d connections: this process may open %d files; raise that with ulimit -n", o.Connections, files.Cur)
	}
	return nil
}
