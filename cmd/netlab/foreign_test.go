package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/workload"
)

// Load goes to a foreign address only from a host of a lab, and what says where a program runs is its network
// namespace. The namespaces of this test lead nowhere, whatever the guard does.
func TestGuardAsksWhereTheProgramIs(t *testing.T) {
	nowhere := kerneltest.Namespace(t)
	a, b := kerneltest.Namespace(t), kerneltest.Namespace(t)
	kerneltest.Connect(t, a, 0, "10.0.0.1", b, 0, "10.0.0.2") // a container's link, say
	for name, ns := range map[string]*kernel.Namespace{"no link": nowhere, "a link of somebody's": a} {
		var said bytes.Buffer
		cmd := exec.Command(program, "load", "http://198.51.100.1/", "--rate", "1/s", "--duration", "1s")
		cmd.Env = append(os.Environ(), workload.HostVariable+"=ecs1")
		cmd.Stderr = &said
		// Do's thread is the one that the child is made from.
		err := ns.Do(cmd.Run)
		if cmd.ProcessState.ExitCode() != exitUsage || !strings.Contains(said.String(), "load goes to loopback or to a lab's hosts only") {
			t.Errorf("%s: %v, %s", name, err, &said)
		}
	}
}
