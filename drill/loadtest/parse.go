package loadtest

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"netlab/loadgen"
)

// ParseCurve reads points such as "0s=100/s,10s=1000/s": straight lines between them, two at one instant
// are a step.
func ParseCurve(text string) (loadgen.Curve, error) {
	var c loadgen.Curve
	for _, part := range strings.Split(text, ",") {
		at, rate, ok := strings.Cut(part, "=")
		when, err := time.ParseDuration(strings.TrimSpace(at))
		if !ok || err != nil || when < 0 {
			return nil, usage("curve point %q: write an instant and a rate, such as 10s=1000/s", part)
		}
		r, err := ParseRate(strings.TrimSpace(rate))
		if err != nil {
			return nil, err
		}
		if n := len(c); n > 0 && when < c[n-1].At {
			return nil, usage("curve point %q comes before the one that it follows", part)
		}
		c = append(c, loadgen.Point{At: when, Rate: r})
	}
	return c, nil
}

// ParseRate reads "1000", "1000/s" or "1k/s".
func ParseRate(text string) (float64, error) {
	number := strings.TrimSuffix(text, "/s")
	factor := 1.0
	if short, ok := strings.CutSuffix(number, "k"); ok {
		number, factor = short, 1000
	}
	var rate float64
	if _, err := fmt.Sscanf(number+"\n", "%g\n", &rate); err != nil || rate < 0 || math.IsInf(rate, 0) {
		return 0, usage("rate %q: write requests a second, such as 1000/s", text)
	}
	return rate * factor, nil
}

// maxInstant is a hundred years in seconds, well within what a clock holds.
const maxInstant = 100 * 365 * 24 * 3600

// ReadReplay reads recorded instants, one a line in seconds, in ascending order. Empty lines and those that
// begin with # are passed over.
func ReadReplay(path string) ([]time.Duration, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usage("read replay: %w", err)
	}
	instants := []time.Duration{}
	for n, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		seconds, err := strconv.ParseFloat(line, 64)
		if err != nil || !(seconds >= 0 && seconds < maxInstant) {
			return nil, usage("%s:%d: %q is no number of seconds", path, n+1, line)
		}
		at := time.Duration(seconds * 1e9)
		if len(instants) > 0 && at < instants[len(instants)-1] {
			return nil, usage("%s:%d: %s comes before the instant above it", path, n+1, at)
		}
		instants = append(instants, at)
	}
	if len(instants) == 0 {
		return nil, usage("%s: names no instant", path)
	}
	return instants, nil
}
