package doctor

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What a kernel lacks is one cause of many: a module is advised only where no other is known.
func TestAdviceIsOfTheCause(t *testing.T) {
	const module = "load the kernel module veth"
	for errno, want := range map[unix.Errno]string{
		unix.EMFILE: "ulimit -n", unix.ENFILE: "fs.file-max", unix.ENOSPC: "user.max_net_namespaces", unix.EUSERS: "user.max_net_namespaces",
		unix.EAGAIN: "ulimit -u", unix.EBUSY: "try again", unix.EOPNOTSUPP: module, unix.ENOENT: module,
	} {
		got := advice(fmt.Errorf("make a link: %w", errno), module)
		if !strings.Contains(got, want) || (want != module && strings.Contains(got, module)) {
			t.Errorf("%v: %q does not say %q", errno, got, want)
		}
	}
	for _, errno := range []unix.Errno{unix.EPERM, unix.EACCES, unix.ENOMEM} {
		if got := advice(errno, module); got == "" || strings.Contains(got, module) {
			t.Errorf("%v: %q", errno, got)
		}
	}
}
