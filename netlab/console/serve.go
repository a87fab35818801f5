package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/workload"
)

// A Runner starts programs on hosts; a netlab.Lab is one.
type Runner interface {
	Exec(host string, command []string, dir string, stdin *os.File, stdout, stderr io.Writer) (*workload.Process, error)
}

// Serve runs the programs of the callers that a gate hands over, until ctx ends. It returns when
// none of them runs any more.
func Serve(ctx context.Context, gate *os.File, lab Runner) error {
	from, err := unixConn(gate)
	if err != nil {
		return fmt.Errorf("open console: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { from.Close() })
	defer stop()
	var calls sync.WaitGroup
	defer calls.Wait()
	for {
		conn, err := accept(from)
		if ctx.Err() != nil || errors.Is(err, io.EOF) {
			if conn != nil {
				conn.Close()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("hear the console: %w", err)
		}
		calls.Go(func() {
			defer conn.Close()
			// A caller that says nothing holds up nobody.
			stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })
			defer stop()
			a, err := run(ctx, conn, lab)
			if err != nil {
				a.Error = err.Error()
			}
			_ = write(conn, a, maxAnswer) // a caller that went away needs no answer
		})
	}
}

// accept takes the next caller from the gate.
func accept(from *net.UnixConn) (*net.UnixConn, error) {
	one, rights := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	n, rn, _, _, err := from.ReadMsgUnix(one, rights)
	if err != nil {
		return nil, err
	}
	files, err := received(rights[:rn])
	if err != nil || len(files) != 1 {
		closeAll(files)
		if n == 0 && err == nil {
			err = io.EOF // the gate is gone, and this process soon, too
		}
		return nil, errors.Join(err)
	}
	return unixConn(files[0])
}

// run runs the program of one caller.
func run(ctx context.Context, conn *net.UnixConn, lab Runner) (answer, error) {
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return answer{}, err
	}
	var e Exec
	streams, err := read(conn, &e, maxExec, 3)
	defer closeAll(streams)
	if err != nil {
		return answer{}, err
	}
	if len(streams) != 3 {
		return answer{}, errors.New("a program needs its three standard streams")
	}
	var command []string
	for _, word := range e.Command {
		command = append(command, string(word))
	}
	p, err := lab.Exec(e.Host, command, string(e.Dir), streams[0], streams[1], streams[2])
	if err != nil {
		return answer{}, err
	}
	defer p.Release()
	select {
	case <-p.Exited():
	case <-ctx.Done():
		if err := p.Kill(); err != nil {
			return answer{}, err
		}
	}
	var status *workload.ExitError
	if err := p.Wait(); errors.As(err, &status) && status.ExitCode() >= 0 {
		return answer{Code: status.ExitCode()}, nil
	} else if err != nil {
		return answer{}, fmt.Errorf("%s: %w", command[0], err)
	}
	return answer{}, nil
}
