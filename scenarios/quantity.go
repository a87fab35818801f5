package scenarios

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A badValue says what is wrong with a scalar and what to write instead.
type badValue struct {
	message string
	instead string // exact text, when it can be told
	advice  string // else words

	// beyondSchema: a JSON Schema can't say that this is wrong.
	beyondSchema bool
}

func (e *badValue) Error() string { return e.message }

// quantity splits "12.5 Mbit/s" into the number and the unit.
var quantity = regexp.MustCompile(`^\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([^0-9\s.].*?)?\s*$`)

// splitQuantity gives the unit as written and, for guesses, in lower case without blanks.
func splitQuantity(s string) (v float64, unit, like string, ok bool) {
	m := quantity.FindStringSubmatch(s)
	if m == nil {
		return 0, "", "", false
	}
	v, err := strconv.ParseFloat(m[1], 64)
	return v, m[2], strings.ToLower(strings.Join(strings.Fields(m[2]), "")), err == nil
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// The forms in which quantities are written. The schema has the same.
const (
	durationPattern  = `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`
	ratePattern      = `^[0-9]+(\.[0-9]+)?/s$`
	sizePattern      = `^[0-9]+(\.[0-9]+)?(B|KiB|MiB|GiB)$`
	bandwidthPattern = `^[0-9]+(\.[0-9]+)?(bit|kbit|Mbit|Gbit)/s$`
	ratioPattern     = `^[0-9]+(\.[0-9]+)?%$`
)

var (
	durationForm  = regexp.MustCompile(durationPattern)
	rateForm      = regexp.MustCompile(ratePattern)
	sizeForm      = regexp.MustCompile(sizePattern)
	bandwidthForm = regexp.MustCompile(bandwidthPattern)
	ratioForm     = regexp.MustCompile(ratioPattern)
)

// parseDuration takes 250ms, 2s, 1m30s and gives nanoseconds.
func parseDuration(s string) (float64, error) {
	if d, err := time.ParseDuration(s); err == nil && durationForm.MatchString(s) {
		return float64(d), nil
	}
	bad := &badValue{message: fmt.Sprintf("%q is not a duration", s), advice: "write a number and a unit, as in 250ms or 2s"}
	bad.beyondSchema = durationForm.MatchString(s) // more than 292 years
	if v, _, like, ok := splitQuantity(s); ok {
		for _, u := range []struct{ unit, spellings string }{
			{"ns", "ns nanosecond nanoseconds nsec"}, {"us", "us microsecond microseconds usec"},
			{"ms", "ms millisecond milliseconds msec"}, {"s", "s second seconds sec secs"},
			{"m", "m minute minutes min mins"}, {"h", "h hour hours hr hrs"},
		} {
			if contains(u.spellings, like) || like == "" && u.unit == "s" {
				bad.instead = decimal(v) + u.unit
			}
		}
	}
	return 0, bad
}

// parseRate takes 1000/s.
func parseRate(s string) (float64, error) {
	v, _, like, ok := splitQuantity(s)
	if rateForm.MatchString(s) {
		return v, nil
	}
	bad := &badValue{message: fmt.Sprintf("%q is not a rate", s), advice: "write a number per second, as in 1000/s"}
	switch {
	case !ok || v == 0: // nothing would be sent
	case contains("/s /sec /second rps qps cps hz", like), like == "":
		bad.instead = decimal(v) + "/s"
	case contains("k k/s krps kqps", like):
		bad.instead = decimal(v*1000) + "/s"
	}
	return 0, bad
}

// A unit is worth so many base units; people also write it otherwise.
type unit struct {
	name  string
	worth float64
	like  string
}

var sizeUnits = []unit{
	{"B", 1, "b byte bytes"},
	{"KiB", 1 << 10, "k kb kib"},
	{"MiB", 1 << 20, "m mb mib"},
	{"GiB", 1 << 30, "g gb gib"},
}

var bandwidthUnits = []unit{
	{"bit/s", 1, "bit/s bps b/s"},
	{"kbit/s", 1e3, "kbit/s kbps kb/s kbit"},
	{"Mbit/s", 1e6, "mbit/s mbps mb/s mbit m"},
	{"Gbit/s", 1e9, "gbit/s gbps gb/s gbit g"},
}

// parseSize takes 128B, 64KiB, 1MiB, 1GiB and gives bytes.
func parseSize(s string) (float64, error) {
	return parseUnits(s, sizeForm, sizeUnits, "B", &badValue{
		message: fmt.Sprintf("%q is not a size", s), advice: "write a whole number of bytes with a unit, as in 128B or 64KiB"})
}

// parseBandwidth takes 100Mbit/s and gives bits a second.
func parseBandwidth(s string) (float64, error) {
	return parseUnits(s, bandwidthForm, bandwidthUnits, "Mbit/s", &badValue{
		message: fmt.Sprintf("%q is not a bandwidth", s), advice: "write a number and a unit, as in 100Mbit/s"})
}

// parseUnits gives whole base units. A number alone is taken for the usual unit in the suggestion.
func parseUnits(s string, form *regexp.Regexp, units []unit, usual string, bad *badValue) (float64, error) {
	v, name, like, ok := splitQuantity(s)
	bad.beyondSchema = form.MatchString(s) // not whole, or too much
	for _, u := range units {
		worth := v * u.worth
		if !ok || worth != float64(int64(worth)) || worth > 1<<50 {
			continue
		}
		if name == u.name && form.MatchString(s) {
			return worth, nil
		}
		if contains(u.like, like) || like == "" && u.name == usual {
			bad.instead = decimal(v) + u.name
		}
	}
	return 0, bad
}

// parseRatio takes 0.5% and 0.005.
func parseRatio(s string) (float64, error) {
	v, _, _, ok := splitQuantity(s)
	if ratioForm.MatchString(s) {
		return v / 100, nil
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && !strings.ContainsAny(s, "xXpPnN_") {
		return f, nil
	}
	bad := &badValue{message: fmt.Sprintf("%q is not a ratio", s), advice: "write a percentage or a fraction, as in 0.5% or 0.005"}
	if ok {
		bad.instead = decimal(v) + "%"
	}
	return 0, bad
}
