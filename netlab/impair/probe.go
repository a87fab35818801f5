package impair

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Probe tries what a wire needs of this machine. It returns nil, an error that is
// errors.ErrUnsupported and says what is missing, or another failure.
func Probe() error {
	err := try()
	for _, missing := range []error{unix.EPERM, unix.EACCES, unix.ENOSYS, unix.EAFNOSUPPORT, unix.EPROTONOSUPPORT, unix.ENOPROTOOPT} {
		if errors.Is(err, missing) {
			return fmt.Errorf("userspace wire: %w: %w", errors.ErrUnsupported, err)
		}
	}
	return err
}

func try() error {
	e, err := NewEngine()
	if err != nil {
		return err
	}
	p, err := openPort(e.namespace, 1) // lo
	if err == nil {
		err = p.close()
	}
	e.do(func() {}) // by now the thread has waited once
	return errors.Join(err, e.Close())
}
