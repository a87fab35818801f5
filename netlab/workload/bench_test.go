package workload_test

import (
	"fmt"
	"testing"

	"netlab/netlab/workload"
)

// BenchmarkStart is what a program's start costs on a host that has its init, beside what comes
// once for each lab and once for each host.
func BenchmarkStart(b *testing.B) {
	open := func() *workload.Guests {
		guests, err := workload.Open(workload.Invoker())
		if err != nil {
			b.Fatal(err)
		}
		return guests
	}
	b.Run("user namespace", func(b *testing.B) {
		for b.Loop() {
			guests := open()
			if _, err := guests.Namespace(); err != nil {
				b.Fatal(err)
			}
			guests.Close()
		}
	})
	guests := open()
	defer guests.Close()
	b.Run("host", func(b *testing.B) {
		for n := 0; b.Loop(); n++ {
			netns, err := guests.Namespace()
			if err != nil {
				b.Fatal(err)
			}
			h, err := guests.Host(netns, workload.Look{Hostname: fmt.Sprint("ecs", n)})
			if err != nil {
				b.Fatal(err)
			}
			h.Close()
		}
	})
	netns, err := guests.Namespace()
	if err != nil {
		b.Fatal(err)
	}
	h, err := guests.Host(netns, workload.Look{Hostname: "ecs1"})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("program", func(b *testing.B) {
		for b.Loop() {
			p, err := h.Start(workload.Program{Command: []string{"true"}}, nil, nil, nil)
			if err == nil {
				err = p.Wait()
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
