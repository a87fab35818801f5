package lab_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"netlab/netlab/lab"
	"netlab/sim/control"
)

// listenerOption adds to Frankfurt's listener.
func listenerOption(option string) func([]byte) []byte {
	return edit("backend_port: 80, scheduler: wrr}", "backend_port: 80, scheduler: wrr, "+option+"}")
}

// The documented minimum of 10 s is 1 s on the scenario's time scale.
func TestIdleConnectionsAreReset(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", listenerOption("established_timeout: 10s"))
	connect(t, lab, c)
	busy, _ := open(t, lab, c, 80)
	idle, _ := open(t, lab, c, 80)
	done, asked := make(chan struct{}), make(chan error)
	go func() {
		for {
			_, err := busy.ask(answerTime)
			select {
			case <-done:
				asked <- err
				return
			default:
			}
			if err != nil {
				<-done
				asked <- err
				return
			}
		}
	}()
	wantReset(t, idle.ended())
	close(done)
	if err := <-asked; err != nil {
		t.Errorf("a busy connection ended: %v", err)
	}
}

// A header is what PROXY protocol v2 puts in front of a connection.
type header struct{ client, frontend netip.AddrPort }

// proxied are the headers that a server on an instance gets; after each it says its name.
func proxied(t *testing.T, lab *lab.Lab, instance string, port uint16) <-chan header {
	t.Helper()
	l, headers := listen(t, lab, instance, port), make(chan header, 16)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(answerTime))
				raw := make([]byte, 28)
				if _, err := io.ReadFull(c, raw); err != nil {
					return // a health check
				}
				if string(raw[:16]) != "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" {
					t.Errorf("the header begins with %q", raw[:16])
				}
				at := func(ip, port int) netip.AddrPort {
					return netip.AddrPortFrom(netip.AddrFrom4([4]byte(raw[ip:])), binary.BigEndian.Uint16(raw[port:]))
				}
				headers <- header{at(16, 24), at(20, 26)}
				request, _ := bufio.NewReader(c).ReadString('\n')
				fmt.Fprintf(c, "%s got %s", instance, request)
			}()
		}
	}()
	return headers
}

func TestProxyProtocolTellsBackendsTheClient(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", grouped("", "", "", ""),
		edit("backend_port: 80, scheduler: wrr}", "backend_port: 8080, proxy_protocol_v2_enabled: true}"))
	headers := map[string]<-chan header{"ecs2": proxied(t, lab, "ecs2", 8080), "ecs3": proxied(t, lab, "ecs3", 8080)}
	connect(t, lab, c)
	vip := netip.AddrPortFrom(c.LoadBalancers[0].Address, 80)
	for _, test := range []struct {
		from string
		to   netip.AddrPort
		// the client's address as the load balancer sees it
		client netip.Addr
	}{
		{"ecs5", vip, c.Instance("ecs5").PrivateIP},
		{"ecs1", frontend(c, 80), netip.MustParseAddr("100.66.0.1")},
	} {
		answered := map[string]bool{}
		for range 4 {
			s, err := dial(t, lab, test.from, test.to, answerTime)
			must(t, err)
			s.conn.SetDeadline(time.Now().Add(answerTime))
			_, err = io.WriteString(s.conn, "hello\n")
			must(t, err)
			line, err := s.in.ReadString('\n')
			must(t, err)
			answered[line] = true
			got := <-headers[line[:4]]
			if got.client.Addr() != test.client || got.frontend != vip {
				t.Errorf("%s: the header says %+v", test.from, got)
			}
			if port := s.conn.LocalAddr().(*net.TCPAddr).AddrPort().Port(); test.from == "ecs5" && got.client.Port() != port {
				t.Errorf("the header has port %d, the client %d", got.client.Port(), port)
			}
		}
		if !answered["ecs2 got hello\n"] || !answered["ecs3 got hello\n"] {
			t.Errorf("%s: answers %v", test.from, answered)
		}
	}
	if len(headers["ecs2"])+len(headers["ecs3"]) > 0 {
		t.Error("there were more headers than connections")
	}
}

// A backend that dies takes its proxied connections with it, and gets no new ones.
func TestProxiesFollowHealthChecks(t *testing.T) {
	lab, c, told := build(t, "frankfurt.yaml",
		edit("backend_port: 80, scheduler: wrr}", "backend_port: 8080, proxy_protocol_v2_enabled: true, health_check_connect_port: 8081}"))
	headers := map[string]<-chan header{"ecs2": proxied(t, lab, "ecs2", 8080), "ecs3": proxied(t, lab, "ecs3", 8080)}
	listen(t, lab, "ecs2", 8081)
	checked := listen(t, lab, "ecs3", 8081)
	connect(t, lab, c)
	open := map[string]*session{}
	for range 2 {
		s, err := dial(t, lab, "ecs1", frontend(c, 80), answerTime)
		must(t, err)
		select {
		case <-headers["ecs2"]:
			open["ecs2"] = s
		case <-headers["ecs3"]:
			open["ecs3"] = s
		}
	}
	must(t, checked.Close())
	awaitHealth(t, told, "ecs3", "eu-central-1b", "abnormal")
	wantReset(t, open["ecs3"].ended())
	for range 4 {
		_, err := dial(t, lab, "ecs1", frontend(c, 80), answerTime)
		must(t, err)
		select {
		case <-headers["ecs2"]:
		case <-headers["ecs3"]:
			t.Error("a new connection went to ecs3")
		}
	}
	_, err := io.WriteString(open["ecs2"].conn, "still there\n")
	must(t, err)
	if line, err := open["ecs2"].in.ReadString('\n'); line != "ecs2 got still there\n" {
		t.Errorf("the other backend's connection: %q, %v", line, err)
	}
}

func TestAccessControl(t *testing.T) {
	list := func(kind, entries string) func([]byte) []byte {
		return func(src []byte) []byte {
			src = edit("  instances:", "  acls: [{name: acl, entries: ["+entries+"]}]\n  instances:")(src)
			return listenerOption("acl_status: on, acl_type: " + kind + ", acl: acl")(src)
		}
	}
	refuse := edit("  region: eu-central-1", "  region: eu-central-1\n  profile: {empty_whitelist: refuse}")
	same := edit()
	for name, test := range map[string]struct {
		list, profile    func([]byte) []byte
		endpoint, inside bool // who gets an answer: the endpoint's clients, ecs5
	}{
		"black":                         {list("black", "{entry: 192.168.20.5/32}"), same, true, false},
		"white":                         {list("white", "{entry: 192.168.20.0/24}"), same, false, true},
		"an endpoint is one address":    {list("black", "{entry: 100.64.0.0/10}"), same, false, true},
		"empty white list":              {list("white", ""), same, true, true},
		"empty white list that refuses": {list("white", ""), refuse, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			lab, c, _ := build(t, "frankfurt.yaml", test.list, test.profile, grouped("", "", "", ""))
			connect(t, lab, c)
			if got := reaches(t, lab, "ecs1", frontend(c, 80)); got != test.endpoint {
				t.Errorf("through the endpoint: answered %t, want %t", got, test.endpoint)
			}
			if got := reaches(t, lab, "ecs5", netip.AddrPortFrom(c.LoadBalancers[0].Address, 80)); got != test.inside {
				t.Errorf("inside the VPC: answered %t, want %t", got, test.inside)
			}
		})
	}
}

// A client stays with its backend: those behind an endpoint are one, by the ENI's address.
func TestPersistence(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", listenerOption("persistence_timeout: 3600s"), grouped("", "", "", ""))
	connect(t, lab, c)
	vip := netip.AddrPortFrom(c.LoadBalancers[0].Address, 80)
	answers := func(from string, to netip.AddrPort) map[string]int {
		out := map[string]int{}
		for range 6 {
			s, err := dial(t, lab, from, to, answerTime)
			must(t, err)
			name, err := s.ask(answerTime)
			must(t, err)
			out[name]++
		}
		return out
	}
	behind, inside := answers("ecs1", frontend(c, 80)), answers("ecs5", vip)
	if len(behind) != 1 || len(inside) != 1 {
		t.Fatalf("clients changed their backend: %v, %v", behind, inside)
	}
	if behind["ecs2"] == inside["ecs2"] {
		t.Errorf("two clients in turn came to one backend: %v, %v", behind, inside)
	}
	// A backend that is gone keeps no client.
	for name := range behind {
		err := call(t, lab, control.RemoveServer{Server: control.ServerRef{LoadBalancer: "clb-frankfurt", Instance: name}})
		must(t, err)
		if now := answers("ecs1", frontend(c, 80)); now[name] > 0 || len(now) != 1 {
			t.Errorf("after %s was removed: %v", name, now)
		}
	}
}
