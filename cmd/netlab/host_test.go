package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// host is what everybody on this machine shares and netlab must leave as it is.
type host struct {
	Links, Addresses, Routes []string
	Ruleset                  []string // of nftables; root only
	Settings                 []string // of the network
	Mounts                   []string
	Namespaces               []string // that have a name
}

func observeHost(t *testing.T) host {
	t.Helper()
	var h host
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	links, err := netlink.LinkList()
	check(err)
	for _, l := range links {
		a := l.Attrs()
		h.Links = append(h.Links,
			fmt.Sprintf("%d %s %s %s mtu %d master %d %s", a.Index, a.Name, l.Type(), a.Flags, a.MTU, a.MasterIndex, a.HardwareAddr))
	}
	addresses, err := netlink.AddrList(nil, unix.AF_UNSPEC)
	check(err)
	for _, a := range addresses {
		h.Addresses = append(h.Addresses, fmt.Sprintf("%d %s", a.LinkIndex, a.IPNet))
	}
	routes, err := netlink.RouteListFiltered(unix.AF_UNSPEC, &netlink.Route{Table: unix.RT_TABLE_UNSPEC}, netlink.RT_FILTER_TABLE)
	check(err)
	for _, r := range routes {
		h.Routes = append(h.Routes, r.String())
	}
	if os.Geteuid() == 0 {
		h.Ruleset = ruleset(t)
	}
	for _, pattern := range []string{"ipv4/ip_forward", "ipv4/ip_local_port_range", "ipv4/tcp_congestion_control", "ipv4/conf/*/*"} {
		files, err := filepath.Glob("/proc/sys/net/" + pattern)
		check(err)
		for _, file := range files {
			value, err := os.ReadFile(file)
			if !errors.Is(err, fs.ErrPermission) {
				check(err)
				h.Settings = append(h.Settings, file+" "+strings.TrimSpace(string(value)))
			}
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	check(err)
	h.Mounts = strings.Split(string(mounts), "\n")
	names, err := filepath.Glob("/run/netns/*")
	check(err)
	h.Namespaces = names
	for _, list := range [][]string{h.Links, h.Addresses, h.Routes, h.Settings, h.Mounts} {
		sort.Strings(list)
	}
	return h
}

func ruleset(t *testing.T) []string {
	t.Helper()
	conn, err := nftables.New()
	if err != nil {
		t.Fatal(err)
	}
	chains, err := conn.ListChains()
	if err != nil {
		t.Fatal(err)
	}
	tables, err := conn.ListTables()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, table := range tables {
		lines = append(lines, fmt.Sprintf("table %d %s", table.Family, table.Name))
	}
	for _, c := range chains {
		rules, err := conn.GetRules(c.Table, c)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rules {
			lines = append(lines, fmt.Sprintf("rule %d %s %s %d %d", c.Table.Family, c.Table.Name, c.Name, r.Handle, len(r.Exprs)))
		}
		lines = append(lines, fmt.Sprintf("chain %d %s %s", c.Table.Family, c.Table.Name, c.Name))
	}
	sort.Strings(lines)
	return lines
}

func (h host) unchanged(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(h, observeHost(t)); diff != "" {
		t.Errorf("this machine is not as it was:\n%s", diff)
	}
}

// A mark is how the processes of one test are found again: whatever a netlab starts inherits its
// environment.
type mark string

func newMark(t *testing.T) mark {
	return mark(fmt.Sprintf("NETLAB_TEST_MARK=%s-%d-%d", t.Name(), os.Getpid(), time.Now().UnixNano()))
}

// processes are those that carry the mark.
func (m mark) processes(t *testing.T) []int {
	t.Helper()
	environments, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, file := range environments {
		environment, err := os.ReadFile(file)
		if err != nil {
			continue // somebody else's, or gone meanwhile
		}
		if bytes.Contains(environment, []byte(m)) {
			var pid int
			fmt.Sscanf(file, "/proc/%d/", &pid)
			found = append(found, pid)
		}
	}
	return found
}

// gone waits until no process carries the mark: the kernel needs a moment to end what dies with
// its parent.
func (m mark) gone(t *testing.T) {
	t.Helper()
	eventually(t, 20*time.Second, func() error {
		if left := m.processes(t); len(left) > 0 {
			return fmt.Errorf("processes %v are left", left)
		}
		return nil
	})
}

// eventually waits for what the kernel does in its own time and tells nobody.
func eventually(t *testing.T, atMost time.Duration, holds func() error) {
	t.Helper()
	deadline := time.After(atMost)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := holds()
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatal(err)
		}
	}
}
