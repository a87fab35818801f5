package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/kernel"
)

var (
	clientAddr = netip.MustParseAddr("10.77.0.1")
	serverAddr = netip.MustParseAddr("10.77.0.2")
)

func addrPort(port uint16) netip.AddrPort { return netip.AddrPortFrom(serverAddr, port) }

// A lab is two namespaces joined by one veth pair: the client's, where every tool runs on core 0, and
// the server's on core 1.
type lab struct{ client, server *kernel.Namespace }

func newLab(ctx context.Context) (*lab, error) {
	client, err := kernel.NewNamespace()
	if err != nil {
		return nil, err
	}
	server, err := kernel.NewNamespace()
	if err != nil {
		return nil, err
	}
	cmac, smac := net.HardwareAddr{2, 0, 0, 0, 0, 1}, net.HardwareAddr{2, 0, 0, 0, 0, 2}
	c := kernel.NIC{Namespace: client, MAC: cmac, PeerMAC: smac, Address: clientAddr}
	s := kernel.NIC{Namespace: server, MAC: smac, PeerMAC: cmac, Address: serverAddr}
	if err := kernel.CreateLink(c, s); err != nil {
		return nil, err
	}
	for _, end := range []struct{ nic, peer kernel.NIC }{{c, s}, {s, c}} {
		if err := end.nic.Up(); err != nil {
			return nil, err
		}
		if err := end.nic.Route(netip.PrefixFrom(end.peer.Address, 32)); err != nil {
			return nil, err
		}
		// Peers close their connections in order, which leaves TIME_WAIT behind.
		if err := end.nic.Namespace.Sysctls(map[string]string{
			"ipv4/ip_local_port_range": "1024 65535", "ipv4/tcp_tw_reuse": "1",
		}); err != nil {
			return nil, err
		}
	}
	for _, ns := range []*kernel.Namespace{client, server} {
		if err := ns.AwaitCarrier(ctx, 1); err != nil {
			return nil, err
		}
	}
	return &lab{client, server}, nil
}

func (l *lab) close() {
	l.client.Close()
	l.server.Close()
}

// A process runs in a namespace on one core, and dies with this program.
type process struct {
	cmd  *exec.Cmd
	out  io.Reader
	done chan error
}

// start runs the command from a thread inside the namespace that stays until the process ended:
// PDEATHSIG fires when the thread that started the child does.
func start(ns *kernel.Namespace, core int, cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan error, 1)}
	started := make(chan error)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := unix.Setns(ns.FD(), unix.CLONE_NEWNET)
		if err == nil {
			var set unix.CPUSet
			set.Set(core % runtime.NumCPU())
			err = unix.SchedSetaffinity(0, &set)
		}
		if err == nil {
			// Our own engine asks for this by itself; all stand alike, and before the machine's other work.
			_ = unix.Setpriority(unix.PRIO_PROCESS, 0, -10) // only root may
			err = cmd.Start()
		}
		if err != nil {
			started <- fmt.Errorf("start %s: %w", cmd.Args[0], err)
			return
		}
		started <- nil
		p.done <- cmd.Wait()
	}()
	return p, <-started
}

func (p *process) wait() error {
	if err := <-p.done; err != nil {
		return fmt.Errorf("%s: %w", p.cmd.Args[0], err)
	}
	return nil
}

// kill ends the process.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
}

// cpu is the process's user and system time, once it ended.
func (p *process) cpu() time.Duration {
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}
