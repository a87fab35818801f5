package scenarios

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// A word is a form of strings: a pattern that must match, or one that must not.
type word struct {
	pattern, not *regexp.Regexp
	what         string
}

// words are the forms of strings by the name that as tags use. The schema has the same patterns.
var words = map[string]word{
	"name": {pattern: regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`),
		what: "a name: a lower-case letter, then up to 30 lower-case letters, digits or hyphens"},
	"label": {pattern: regexp.MustCompile(`^[a-z][a-z0-9_]*$`),
		what: "a name: a lower-case letter, then lower-case letters, digits or underscores"},
	"zone":   {pattern: regexp.MustCompile(`^[a-z]{2}-[a-z]+(-[0-9]+)?-?[a-z]$`), what: "a zone's full id, as in eu-central-1b"},
	"region": {pattern: regexp.MustCompile(`^[a-z]{2}-[a-z]+(-[0-9]+)?$`), what: "a region id, as in eu-central-1"},
	"host": {pattern: regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}(\.[a-z])?$`),
		what: "a host: an instance, or with a zone's letter a VPC's router, a load balancer's node or an endpoint's ENI, as in vpc1.b"},
	"title": {pattern: regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`),
		what: "a name: a letter, then letters, digits, underscores or hyphens"},
	"description": {not: regexp.MustCompile(`^https?://`), what: "a description: it may not start with http:// or https://"},
	"tag":         {not: regexp.MustCompile(`^(aliyun|acs:|https?://)`), what: "a tag: it may not start with aliyun, acs: or http://"},
	"cookie": {pattern: regexp.MustCompile(`^[!-#%-+--:<-~][!-+--:<-~]*$`),
		what: "a cookie: printable ASCII, no comma, semicolon or blank, and no $ at the start"},
	"uri":          {pattern: regexp.MustCompile(`^/[!-~]*$`), what: "a path: it starts with / and is printable ASCII without blanks"},
	"domain":       {pattern: regexp.MustCompile(`^[A-Za-z0-9_.:$-]+$`), what: "a domain: letters, digits, points and hyphens"},
	"alphanumeric": {pattern: regexp.MustCompile(`^[A-Za-z0-9]*$`), what: "letters and digits only"},
	"distribution": {pattern: regexp.MustCompile(`^(normal|uniform|pareto|.*[./].*)$`),
		what: "a distribution: normal, uniform, pareto or a file"},
}

// parseWord checks a string that must keep a form.
func parseWord(s, as, region string) error {
	w := words[as]
	if (w.pattern == nil || w.pattern.MatchString(s)) && (w.not == nil || !w.not.MatchString(s)) {
		return nil
	}
	return &badValue{message: fmt.Sprintf("%q is not %s", s, w.what), instead: spelling(s, as, region), advice: "write something else"}
}

// spelling is the nearest text that keeps the pattern, or "".
func spelling(s, as, region string) string {
	var out string
	switch as {
	case "name":
		out = strings.Trim(strings.Map(replaceBy('-'), strings.ToLower(s)), "-")
		out = strings.TrimLeft(out, "-0123456789")
		out = strings.TrimRight(out[:min(len(out), 31)], "-")
	case "label":
		out = strings.Trim(strings.Map(replaceBy('_'), strings.ToLower(s)), "_")
		out = strings.TrimLeft(out, "_0123456789")
	case "zone":
		if s == "" || region == "" {
			return ""
		}
		out = ZoneID(region, strings.ToLower(s[len(s)-1:]))
	case "host":
		out = strings.ToLower(s)
	case "uri":
		out = "/" + percent(strings.TrimPrefix(s, "/"))
	case "distribution":
		out = Closest(s, []string{"normal", "uniform", "pareto"})
	case "region":
		out = strings.ToLower(strings.ReplaceAll(s, "_", "-"))
	}
	if p := words[as].pattern; out == "" || p == nil || !p.MatchString(out) {
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

// How addresses and port ranges are written. The schema has the same; that a port range is not
// upside down, no pattern can say.
const (
	bytePattern      = `(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])`
	ipv4Pattern      = bytePattern + `(\.` + bytePattern + `){3}`
	addrPattern      = `^` + ipv4Pattern + `$`
	prefixPattern    = `^` + ipv4Pattern + `/(3[0-2]|[12]?[0-9])$`
	portPattern      = `(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})`
	portRangePattern = `^(-1/-1|` + portPattern + `/` + portPattern + `)$`
)

var portRangeForm = regexp.MustCompile(portRangePattern)

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
	case errA != nil || errB != nil || !portRangeForm.MatchString(s):
		return PortRange{}, bad
	case a > b:
		bad.beyondSchema = true
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
