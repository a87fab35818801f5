// Package kernel realises hosts and links in the Linux kernel: anonymous network namespaces held
// by descriptors, veth pairs, addresses, neighbours, routes. It is the only package that speaks
// route netlink, and it never touches the namespace that netlab was started in.
//
// A namespace has no name, no mount and no process: it lives as long as a descriptor or a socket
// in it is open, so nothing is left behind however netlab ends.
package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// A Namespace is one anonymous network namespace.
type Namespace struct {
	handle netns.NsHandle
	ns     ns.NetNS
	routes *netlink.Handle   // a route netlink socket made inside the namespace
	links  *nl.NetlinkSocket // another, for the one message that netlink.Handle can't make
}

// NewNamespace makes a network namespace with lo up and IPv6 off: with it on, every NIC sends
// router solicitations and multicast reports that no vSwitch would carry.
func NewNamespace() (*Namespace, error) {
	handle, err := unshareNetwork()
	if err != nil {
		return nil, fmt.Errorf("create network namespace: %w", err)
	}
	return OpenNamespace(int(handle))
}

// OpenNamespace does the same to a new namespace that another process made and handed over. The
// descriptor is the Namespace's from now on.
func OpenNamespace(fd int) (*Namespace, error) {
	handle := netns.NsHandle(fd)
	n := &Namespace{handle: handle}
	var err error
	// pkg/ns wants a path; the descriptor's own is one, and makes no name in the file system.
	if n.ns, err = ns.GetNS(fmt.Sprintf("/proc/self/fd/%d", int(handle))); err != nil {
		n.Close()
		return nil, fmt.Errorf("open network namespace: %w", err)
	}
	if n.routes, err = netlink.NewHandleAt(handle, unix.NETLINK_ROUTE); err != nil {
		n.Close()
		return nil, fmt.Errorf("open netlink socket in namespace: %w", err)
	}
	if n.links, err = nl.GetNetlinkSocketAt(handle, netns.None(), unix.NETLINK_ROUTE); err != nil {
		n.Close()
		return nil, fmt.Errorf("open netlink socket in namespace: %w", err)
	}
	if err := n.routes.LinkSetUp(&netlink.Device{LinkAttrs: netlink.LinkAttrs{Index: 1}}); err != nil {
		n.Close()
		return nil, fmt.Errorf("set lo up: %w", err)
	}
	if err := n.disableIPv6(); err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

// unshareNetwork makes the namespace on a thread of its own: the goroutine ends locked, so Go
// destroys the thread and no other goroutine can ever run in the new namespace by accident.
func unshareNetwork() (netns.NsHandle, error) {
	type result struct {
		handle netns.NsHandle
		err    error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread()
		handle, err := netns.New()
		done <- result{handle, err}
	}()
	r := <-done
	return r.handle, r.err
}

// FD is the namespace's descriptor, valid until Close.
func (n *Namespace) FD() int { return int(n.handle) }

// Do runs f on a locked thread inside the namespace. f must not start goroutines that expect to
// be inside as well: they would run in the wrong namespace.
func (n *Namespace) Do(f func() error) error {
	return n.ns.Do(func(ns.NetNS) error { return f() })
}

// Socket makes a non-blocking socket that belongs to the namespace for life; any thread may use it.
func (n *Namespace) Socket(domain, typ, proto int) (fd int, err error) {
	err = n.Do(func() error {
		fd, err = unix.Socket(domain, typ|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, proto)
		return err
	})
	if err != nil {
		return -1, fmt.Errorf("create socket in namespace: %w", err)
	}
	return fd, nil
}

// Sysctls writes values of the namespace's own network settings; keys are paths below
// /proc/sys/net, such as "ipv4/ip_forward".
func (n *Namespace) Sysctls(values map[string]string) error {
	return n.Do(func() error {
		for key, value := range values {
			if err := os.WriteFile(filepath.Join("/proc/sys/net", key), []byte(value), 0); err != nil {
				return fmt.Errorf("set sysctl %s=%s: %w", key, value, err)
			}
		}
		return nil
	})
}

// disableIPv6 applies to NICs made later, too. A kernel without IPv6 has nothing to turn off.
func (n *Namespace) disableIPv6() error {
	if _, err := os.Stat("/proc/sys/net/ipv6"); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return n.Sysctls(map[string]string{
		"ipv6/conf/all/disable_ipv6":     "1",
		"ipv6/conf/default/disable_ipv6": "1",
	})
}

// Close lets the namespace go. The kernel removes it, with everything in it, once the last
// socket made in it is closed too.
func (n *Namespace) Close() error {
	if n.links != nil {
		n.links.Close()
	}
	if n.routes != nil {
		n.routes.Close()
	}
	if n.ns != nil {
		n.ns.Close()
	}
	return n.handle.Close()
}
