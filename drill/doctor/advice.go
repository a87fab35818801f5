package doctor

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// advice reads an error of the kernel for what it is, and says what helps. Module is what to do where the kernel does not know what it was
// asked for.
func advice(err error, module string) string {
	switch {
	case errors.Is(err, unix.EMFILE):
		return fmt.Sprintf("this process may have %d descriptors open: raise that, ulimit -n 4096", descriptorLimit())
	case errors.Is(err, unix.ENFILE):
		return "the machine has as many files open as it may: as root, sysctl fs.file-max=1000000"
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EUSERS):
		return fmt.Sprintf("user.max_net_namespaces is %d, and used up: as root, sysctl user.max_net_namespaces=10000", namespaceLimit())
	case errors.Is(err, unix.ENOMEM):
		if limit := addressLimit(); limit != unlimited {
			return fmt.Sprintf("a process may have %d MiB of address space: ulimit -v unlimited", limit)
		}
		return "the machine is out of memory: free some"
	case errors.Is(err, unix.EAGAIN):
		return "this user may start no more processes and threads: raise ulimit -u, or end others"
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return denied()
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.ETIMEDOUT), errors.Is(err, unix.EINTR), errors.Is(err, unix.ENOBUFS):
		return "the machine is too busy: try again"
	}
	return module
}

// denied names the capability that is missing.
func denied() string {
	for _, need := range []struct {
		capability int
		name       string
	}{{unix.CAP_NET_ADMIN, "CAP_NET_ADMIN"}, {unix.CAP_NET_RAW, "CAP_NET_RAW"}, {unix.CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}} {
		if !capable(need.capability) {
			who := "this process"
			if os.Geteuid() == 0 {
				who = "root"
			}
			return fmt.Sprintf("%s has no %s here, as in most containers; give it that, or run netlab outside", who, need.name)
		}
	}
	return "something of this machine forbids it, such as a seccomp or AppArmor profile; run netlab outside of it"
}
