package workload_test

import (
	"bytes"
	"net/netip"
	"os"
	"strings"
	"testing"

	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/workload"
)

// The test binary is its own /proc/self/exe: it must answer the hidden verb.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == workload.Verb {
		os.Stderr.WriteString(workload.Exec(os.Args[2]).Error())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestProgramSeesItsHost(t *testing.T) {
	outside, _ := os.ReadFile("/etc/hosts")
	ns := kerneltest.Namespace(t)
	var out, errs bytes.Buffer
	p, err := workload.Start(ns.FD(), workload.Spec{
		Command:  []string{"sh", "-c", "hostname; cat /etc/resolv.conf /etc/hosts; ls /sys/class/net /proc/sys/net/ipv4/conf"},
		Hostname: "ecs1", Resolver: netip.MustParseAddr("100.100.2.136"),
		Hosts: map[string]netip.Addr{"ecs1": netip.MustParseAddr("10.0.0.182")},
	}, nil, &out, &errs)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Fatalf("%v: %s", err, &errs)
	}
	for _, want := range []string{"ecs1\n", "nameserver 100.100.2.136\n", "10.0.0.182 ecs1\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "eth0") {
		t.Errorf("the program sees a NIC that its namespace does not have:\n%s", &out)
	}
	if after, _ := os.ReadFile("/etc/hosts"); !bytes.Equal(outside, after) {
		t.Error("the machine's own /etc/hosts changed")
	}
}

func TestKillEndsTheWholeProgram(t *testing.T) {
	ns := kerneltest.Namespace(t)
	var out bytes.Buffer
	p, err := workload.Start(ns.FD(), workload.Spec{Command: []string{"sh", "-c", "sleep 100 & wait"}, Hostname: "ecs1"}, nil, &out, &out)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("program ended with %v, want killed", err)
	}
}

func TestUnknownProgramSaysSo(t *testing.T) {
	ns := kerneltest.Namespace(t)
	var out bytes.Buffer
	p, err := workload.Start(ns.FD(), workload.Spec{Command: []string{"no-such-program"}, Hostname: "ecs1"}, nil, &out, &out)
	if err != nil {
		t.Fatal(err)
	}
	if p.Wait() == nil || !strings.Contains(out.String(), "no-such-program") {
		t.Fatalf("said %q", &out)
	}
}
