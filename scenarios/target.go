package scenarios

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// targetPattern is the form of targets, for the schema.
func targetPattern() string {
	name := strings.Trim(words["name"].pattern.String(), "^$")
	zone := strings.Trim(words["zone"].pattern.String(), "^$")
	host := `(` + ipv4Pattern + `|` + name + `(@` + zone + `(#eni)?)?)`
	return `^(https?://` + host + `(:` + portPattern + `)?(/.*)?|(tcp|udp|bulk\+tcp)://` + host + `:` + portPattern + `)$`
}

var schemes = []string{"http", "https", "tcp", "udp", "bulk+tcp"}

// parseTarget takes SCHEME://HOST[:PORT][/PATH], where HOST is a resource's name, endpoint@zone,
// endpoint@zone#eni or a literal address. net/url cannot be used: it takes # for a fragment and
// what stands before @ for a user.
func parseTarget(s, region string) (Target, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return Target{}, &badValue{message: fmt.Sprintf("%q is not a target", s), advice: "write scheme://host, as in http://ep-vpc1/ or tcp://ep-vpc1:80"}
	}
	t := Target{Scheme: scheme}
	if !slices.Contains(schemes, scheme) {
		bad := &badValue{message: fmt.Sprintf("unknown scheme %q", scheme), advice: "one of " + strings.Join(schemes, ", ")}
		if near := Closest(scheme, schemes); near != "" {
			bad.instead = near + "://" + rest
		}
		return Target{}, bad
	}
	host, path, hasPath := strings.Cut(rest, "/")
	switch {
	case scheme == "http" || scheme == "https":
		t.Path = "/" + path
	case hasPath:
		return Target{}, &badValue{message: fmt.Sprintf("a %s target has no path", scheme), instead: scheme + "://" + host}
	}
	host, port, hasPort := strings.Cut(host, ":")
	switch {
	case hasPort:
		p, err := strconv.ParseUint(port, 10, 16)
		if err != nil || port[0] == '0' {
			return Target{}, &badValue{message: fmt.Sprintf("%q is not a port", port), advice: "write a number from 1 to 65535"}
		}
		t.Port = uint16(p)
	case scheme == "http":
		t.Port = 80
	case scheme == "https":
		t.Port = 443
	default:
		return Target{}, &badValue{message: fmt.Sprintf("a %s target needs a port", scheme), advice: fmt.Sprintf("as in %s://%s:80", scheme, host)}
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is4() {
		t.Host, t.Addr = host, addr
		return t, nil
	}
	host, zone, hasZone := strings.Cut(host, "@")
	if err := parseWord(host, "name", ""); err != nil {
		return Target{}, &badValue{message: fmt.Sprintf("%q is neither a resource's name nor an address", host), advice: "write the name of an endpoint, an instance or a load balancer"}
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
	if !(t.Scheme == "http" && t.Port == 80 || t.Scheme == "https" && t.Port == 443) {
		fmt.Fprintf(&b, ":%d", t.Port)
	}
	b.WriteString(t.Path)
	return b.String()
}
