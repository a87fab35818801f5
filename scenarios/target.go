package scenarios

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"netlab/scenarios/protocol"
)

// targetPattern is the form of targets, for the schema.
func targetPattern() string {
	name := strings.Trim(words["name"].pattern.String(), "^$")
	zone := strings.Trim(words["zone"].pattern.String(), "^$")
	host := `(` + ipv4Pattern + `|` + name + `(@` + zone + `(#eni)?)?)`
	var forms []string
	for p := range protocol.All() {
		if !p.Load {
			continue
		}
		form := regexp.QuoteMeta(string(p.Name)) + `://` + host + `:` + portPattern
		if p.Port != 0 {
			form = regexp.QuoteMeta(string(p.Name)) + `://` + host + `(:` + portPattern + `)?`
		}
		if p.Path {
			form += `(/` + printable + `*)?`
		}
		forms = append(forms, form)
	}
	return `^(` + strings.Join(forms, `|`) + `)$`
}

// printable are the characters that a request may carry as they are.
const printable = `[!-~]`

func unprintable(r rune) bool { return r < '!' || r > '~' }

// percent writes the characters that a request may not carry as percent and number.
func percent(path string) string {
	var b strings.Builder
	for i := range len(path) {
		if c := path[i]; unprintable(rune(c)) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// schemes are those of the protocols that a scenario may speak.
func schemes() []string { return protocol.Names(func(p protocol.Protocol) bool { return p.Load }) }

// parseTarget takes SCHEME://HOST[:PORT][/PATH], where HOST is a resource's name, endpoint@zone,
// endpoint@zone#eni or a literal address. net/url cannot be used: it takes # for a fragment and
// what stands before @ for a user.
func parseTarget(s, region string) (Target, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return Target{}, &badValue{message: fmt.Sprintf("%q is not a target", s),
			advice: "write scheme://host, as in http://ep-vpc1/ or tcp://ep-vpc1:80"}
	}
	t := Target{Scheme: scheme}
	p, _ := protocol.Of(protocol.Name(scheme))
	if !p.Load {
		known := schemes()
		bad := &badValue{message: fmt.Sprintf("unknown scheme %q", scheme), advice: "one of " + strings.Join(known, ", ")}
		if near := Closest(scheme, known); near != "" {
			bad.instead = near + "://" + rest
		}
		return Target{}, bad
	}
	host, path, hasPath := strings.Cut(rest, "/")
	switch {
	case strings.ContainsFunc(path, unprintable):
		return Target{}, &badValue{message: "the path holds a blank, a control character or a letter beyond ASCII, which no request may",
			instead: scheme + "://" + host + "/" + percent(path)}
	case p.Path:
		t.Path = "/" + path
	case hasPath:
		return Target{}, &badValue{message: fmt.Sprintf("a %s target has no path", scheme), instead: scheme + "://" + host}
	}
	host, port, hasPort := strings.Cut(host, ":")
	switch {
	case hasPort:
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || port[0] == '0' {
			return Target{}, &badValue{message: fmt.Sprintf("%q is not a port", port), advice: "write a number from 1 to 65535"}
		}
		t.Port = uint16(number)
	case p.Port != 0:
		t.Port = p.Port
	default:
		return Target{}, &badValue{message: fmt.Sprintf("a %s target needs a port", scheme),
			advice: fmt.Sprintf("as in %s://%s:80", scheme, host)}
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is4() {
		t.Host, t.Addr = host, addr
		return t, nil
	}
	host, zone, hasZone := strings.Cut(host, "@")
	if err := parseWord(host, "name", ""); err != nil {
		return Target{}, &badValue{message: fmt.Sprintf("%q is neither a resource's name nor an address", host),
			advice: "write the name of an endpoint, an instance or a load balancer"}
	}
	t.Host = host
	if hasZone {
		var suffix string
		zone, suffix, t.ENI = strings.Cut(zone, "#")
		if t.ENI && suffix != "eni" {
			return Target{}, &badValue{message: fmt.Sprintf("unknown suffix #%s", suffix), instead: strings.Replace(s, "#"+suffix, "#eni", 1)}
		}
		if err := parseWord(zone, "zone", region); err != nil {
			bad := err.(*badValue)
			if bad.instead != "" {
				bad.instead = strings.Replace(s, "@"+zone, "@"+bad.instead, 1)
			}
			return Target{}, bad
		}
		t.Zone = zone
	}
	return t, nil
}

// Protocol is what the target's scheme stands for.
func (t Target) Protocol() protocol.Protocol {
	p, _ := protocol.Of(protocol.Name(t.Scheme))
	return p
}

// String is the target as written in a scenario.
func (t Target) String() string {
	var b strings.Builder
	b.WriteString(t.Scheme + "://" + t.Host)
	if t.Zone != "" {
		b.WriteString("@" + t.Zone)
	}
	if t.ENI {
		b.WriteString("#eni")
	}
	if t.Port != t.Protocol().Port {
		fmt.Fprintf(&b, ":%d", t.Port)
	}
	b.WriteString(t.Path)
	return b.String()
}
