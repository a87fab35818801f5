package console

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Names lists the user's labs that are up or being built. What labs that were killed left behind
// is removed.
func Names() ([]string, error) { return namesIn(choose(candidates())) }

func namesIn(path string) ([]string, error) {
	p, err := openPlace(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer p.Close()
	all, err := p.names()
	if err != nil {
		return nil, err
	}
	var alive []string
	for _, name := range all {
		stale, err := p.removeStale(name)
		if err != nil {
			return nil, err
		}
		if !stale {
			alive = append(alive, name)
		}
	}
	return alive, nil
}

// Describe asks a lab what it is.
func Describe(name string) (Info, error) { return describeIn(choose(candidates()), name) }

func describeIn(path, name string) (Info, error) {
	a, err := ask(path, name, wantInfo, nil)
	if err != nil {
		return Info{}, err
	}
	if a.Info == nil || a.Info.Name != name {
		return Info{}, fmt.Errorf("lab %s does not say what it is", name)
	}
	return *a.Info, nil
}

// Down ends a lab and returns when it is gone.
func Down(name string) error {
	_, err := ask(choose(candidates()), name, wantDown, nil)
	return err
}

// Run runs a program on a host of a lab, with these standard streams, and returns its exit code.
func Run(name string, e Exec, stdin, stdout, stderr *os.File) (code int, err error) {
	return runIn(choose(candidates()), name, e, stdin, stdout, stderr)
}

func runIn(path, name string, e Exec, streams ...*os.File) (code int, err error) {
	a, err := ask(path, name, wantExec, func(conn *net.UnixConn) error { return write(conn, e, maxExec, streams...) })
	return a.Code, err
}

// ask makes one call. Where the lab has more to be told it says so first, and more tells it.
func ask(path, name string, w want, more func(*net.UnixConn) error) (answer, error) {
	conn, err := dial(path, name)
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	if err := trust(conn); err != nil {
		return answer{}, fmt.Errorf("what answers for lab %s was told nothing: %w", name, err)
	}
	if err := write(conn, request{w}, maxRequest); err != nil && !errors.Is(err, unix.EPIPE) { // refused: the answer says why
		return answer{}, fmt.Errorf("reach lab %s: %w", name, err)
	}
	if more != nil {
		if a, err := await(conn, name, patience); err != nil {
			return a, err
		}
		if err := more(conn); err != nil && !errors.Is(err, unix.EPIPE) {
			return answer{}, fmt.Errorf("reach lab %s: %w", name, err)
		}
	}
	if w == wantInfo {
		return await(conn, name, patience)
	}
	return await(conn, name, 0) // a program runs, and a lab goes down, as long as it takes
}

func dial(path, name string) (*net.UnixConn, error) {
	if !ValidName(name) {
		return nil, fmt.Errorf("%q: %w", name, ErrNoLab)
	}
	p, err := openPlace(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, ErrNoLab)
	}
	if err != nil {
		return nil, err
	}
	defer p.Close()
	conn, err := p.dial(name)
	if errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, unix.ENOENT) {
		return nil, fmt.Errorf("%s: %w", name, ErrNoLab)
	}
	if errors.Is(err, unix.EAGAIN) {
		return nil, fmt.Errorf("lab %s does not answer: calls queue up", name)
	}
	if err != nil {
		return nil, fmt.Errorf("reach lab %s: %w", name, err)
	}
	return conn, nil
}

func (p place) dial(name string) (*net.UnixConn, error) {
	return net.DialUnix("unix", nil, &net.UnixAddr{Net: "unix", Name: p.socket(name)})
}

// await reads an answer that comes within a time; 0: at any time.
func await(conn *net.UnixConn, name string, within time.Duration) (answer, error) {
	deadline := time.Time{}
	if within > 0 {
		deadline = time.Now().Add(within)
	}
	if err := conn.SetReadDeadline(deadline); err != nil {
		return answer{}, err
	}
	var a answer
	files, err := read(conn, &a, maxAnswer, 0)
	closeAll(files)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return answer{}, fmt.Errorf("lab %s does not answer within %s", name, within)
	case err != nil:
		return answer{}, fmt.Errorf("lab %s went away, or is none: %w", name, err)
	case a.Error != "":
		return a, errors.New(a.Error)
	}
	return a, nil
}
