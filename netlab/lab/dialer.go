package lab

import (
	"net"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// dialer is what the lab itself opens connections with: they end by a reset, from whatever
// moment on. One that ended in order as the lab was killed, by a FIN that nobody is left to
// answer, the kernel would keep for minutes, and its network namespace with it.
func dialer(local net.Addr) *net.Dialer {
	return &net.Dialer{LocalAddr: local, Control: func(network, _ string, c syscall.RawConn) error {
		if !strings.HasPrefix(network, "tcp") {
			return nil
		}
		var err error
		if e := c.Control(func(fd uintptr) {
			err = unix.SetsockoptLinger(int(fd), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		}); e != nil {
			return e
		}
		return err
	}}
}
