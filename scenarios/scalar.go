package scenarios

import (
	"fmt"
	"net/netip"
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
}

func (e *badValue) Error() string { return e.message }

// quantity splits "12.5 Mbit/s" into the number and the unit.
var quantity = regexp.MustCompile(`^\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([^0-9\s.].*?)?\s*$`)

func splitQuantity(s string) (float64, string, bool) {
	m := quantity.FindStringSubmatch(s)
	if m == nil {
		return 0, "", false
	}
	v, err := strconv.ParseFloat(m[1], 64)
	return v, m[2], err == nil
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// parseDuration takes 250ms, 2s, 1m30s.
func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err == nil && d >= 0 && s[0] >= '0' && s[0] <= '9' && s != "0" {
		return d, nil
	}
	bad := &badValue{message: fmt.Sprintf("%q is not a duration", s), advice: "write a number and a unit, as in 250ms or 2s"}
	if v, unit, ok := splitQuantity(s); ok {
		for _, u := range []struct{ unit, spellings string }{
			{"ns", "nanosecond nanoseconds nsec"}, {"us", "microsecond microseconds usec"},
			{"ms", "millisecond milliseconds msec"}, {"s", "second seconds sec secs"},
			{"m", "minute minutes min mins"}, {"h", "hour hours hr hrs"},
		} {
			l := strings.ToLower(unit)
			if l == u.unit || unit == "" && u.unit == "s" || l != "" && contains(u.spellings, l) {
				bad.instead = decimal(v) + u.unit
			}
		}
	}
	return 0, bad
}

// parseRate takes 1000/s.
func parseRate(s string) (float64, error) {
	v, unit, ok := splitQuantity(s)
	if ok && unit == "/s" && !strings.Contains(s, " ") {
		return v, nil
	}
	bad := &badValue{message: fmt.Sprintf("%q is not a rate", s), advice: "write a number per second, as in 1000/s"}
	if ok {
		switch l := strings.ReplaceAll(strings.ToLower(unit), " ", ""); {
		case contains("/s /sec /second rps qps cps hz", l), l == "":
			bad.instead = decimal(v) + "/s"
		case contains("k k/s krps kqps", l):
			bad.instead = decimal(v*1000) + "/s"
		}
	}
	return 0, bad
}

var sizeUnits = []struct {
	unit  string
	bytes float64
	like  string
}{
	{"B", 1, "b byte bytes"},
	{"KiB", 1 << 10, "k kb kib"},
	{"MiB", 1 << 20, "m mb mib"},
	{"GiB", 1 << 30, "g gb gib"},
}

// parseSize takes 128B, 64KiB, 1MiB, 1GiB and gives bytes.
func parseSize(s string) (int64, error) {
	v, unit, ok := splitQuantity(s)
	bad := &badValue{message: fmt.Sprintf("%q is not a size", s), advice: "write a number and a unit, as in 128B or 64KiB"}
	for _, u := range sizeUnits {
		switch {
		case !ok:
		case unit == u.unit && !strings.Contains(s, " ") && v*u.bytes == float64(int64(v*u.bytes)) && v*u.bytes < 1<<50:
			return int64(v * u.bytes), nil
		case contains(u.like, strings.ToLower(unit)), unit == "" && u.unit == "B":
			if v*u.bytes == float64(int64(v*u.bytes)) {
				bad.instead = decimal(v) + u.unit
			}
		}
	}
	return 0, bad
}

var words = map[string]struct {
	pattern *regexp.Regexp
	what    string
}{
	"name":   {regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`), "a name: a lower-case letter, then up to 30 lower-case letters, digits or hyphens"},
	"label":  {regexp.MustCompile(`^[a-z][a-z0-9_]*$`), "a name: a lower-case letter, then lower-case letters, digits or underscores"},
	"zone":   {regexp.MustCompile(`^[a-z]{2}-[a-z]+(-[0-9]+)?-?[a-z]$`), "a zone's full id, as in eu-central-1b"},
	"region": {regexp.MustCompile(`^[a-z]{2}-[a-z]+(-[0-9]+)?$`), "a region id, as in eu-central-1"},
}

// parseWord checks a string that must keep a pattern.
func parseWord(s, as, region string) error {
	w, ok := words[as]
	switch {
	case as == "description":
		if strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") {
			return &badValue{message: "a description may not start with http:// or https://", advice: "begin with a word"}
		}
		return nil
	case !ok || w.pattern.MatchString(s):
		return nil
	}
	return &badValue{message: fmt.Sprintf("%q is not %s", s, w.what), instead: spelling(s, as, region)}
}

// spelling is the nearest text that keeps the pattern, or "".
func spelling(s, as, region string) string {
	var out string
	switch as {
	case "name":
		out = strings.Trim(strings.Map(replaceBy('-'), strings.ToLower(s)), "-")
		out = strings.TrimLeft(out, "-0123456789")
		out = out[:min(len(out), 31)]
	case "label":
		out = strings.Trim(strings.Map(replaceBy('_'), strings.ToLower(s)), "_")
		out = strings.TrimLeft(out, "_0123456789")
	case "zone":
		if s == "" || region == "" {
			return ""
		}
		out = ZoneID(region, strings.ToLower(s[len(s)-1:]))
	case "region":
		out = strings.ToLower(strings.ReplaceAll(s, "_", "-"))
	}
	if !words[as].pattern.MatchString(out) {
		return ""
	}
	return out
}

// ZoneID is the full id of a region's zone: eu-central-1 and b give eu-central-1b, cn-hangzhou
// and b give cn-hangzhou-b.
func ZoneID(region, letter string) string {
	if region != "" && region[len(region)-1] >= '0' && region[len(region)-1] <= '9' {
		return region + letter
	}
	return region + "-" + letter
}

func replaceBy(filler rune) func(rune) rune {
	return func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return filler
	}
}

func parseAddr(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	switch {
	case err != nil:
		bad := &badValue{message: fmt.Sprintf("%q is not an IP address", s), advice: "write four numbers from 0 to 255, as in 10.0.0.182"}
		if p, err := netip.ParsePrefix(s); err == nil {
			bad.instead = p.Addr().String()
		}
		return netip.Addr{}, bad
	case !a.Is4():
		return netip.Addr{}, &badValue{message: fmt.Sprintf("%s is not an IPv4 address", s), advice: "the path through a CLB is IPv4 only"}
	}
	return a, nil
}

// parsePrefix keeps host bits: that they should not be there is a rule of the cloud.
func parsePrefix(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		bad := &badValue{message: fmt.Sprintf("%q is not a CIDR block", s), advice: "write an address and a mask length, as in 10.0.0.0/16"}
		if a, err := netip.ParseAddr(s); err == nil && a.Is4() {
			bad.instead = s + "/16"
			if a.As4()[2] != 0 {
				bad.instead = s + "/24"
			}
		}
		return netip.Prefix{}, bad
	case !p.Addr().Is4():
		return netip.Prefix{}, &badValue{message: fmt.Sprintf("%s is not an IPv4 block", s), advice: "the path through a CLB is IPv4 only"}
	}
	return p, nil
}

// A PortRange is first/last, both included. -1/-1 and the zero value stand for every port.
type PortRange struct{ First, Last uint16 }

// Any says that every port is meant.
func (r PortRange) Any() bool { return r == PortRange{} }

func parsePortRange(s string) (PortRange, error) {
	if s == "-1/-1" {
		return PortRange{}, nil
	}
	first, last, ok := strings.Cut(s, "/")
	bad := &badValue{message: fmt.Sprintf("%q is not a port range", s), advice: "write first/last, as in 80/80, or -1/-1 for every port"}
	if !ok {
		if first, last, ok = strings.Cut(s, "-"); !ok {
			last = first
		}
		a, errA := strconv.ParseUint(first, 10, 16)
		b, errB := strconv.ParseUint(last, 10, 16)
		if errA == nil && errB == nil && a > 0 && a <= b {
			bad.instead = fmt.Sprintf("%d/%d", a, b)
		}
		return PortRange{}, bad
	}
	a, errA := strconv.ParseUint(first, 10, 16)
	b, errB := strconv.ParseUint(last, 10, 16)
	switch {
	case errA != nil || errB != nil || a == 0 || b == 0:
		return PortRange{}, bad
	case a > b:
		bad.message, bad.instead = fmt.Sprintf("port range %s is upside down", s), fmt.Sprintf("%d/%d", b, a)
		return PortRange{}, bad
	}
	return PortRange{uint16(a), uint16(b)}, nil
}

func contains(list, word string) bool {
	for _, w := range strings.Fields(list) {
		if w == word {
			return true
		}
	}
	return false
}
