package workload

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// A message is a file that holds it, since a packet is too small for some commands, with the
// files that belong to it. One field is set.
type message struct {
	Namespace bool     // to the keeper: make a network namespace
	Host      bool     // to the keeper: start the init of a host
	Look      *Look    // to an init, before all else
	Program   *Program // to an init
	Kill      bool     // to a program's control
	Done      *done    // back
}

// done answers a message, or says how a program ended.
type done struct {
	Error  string
	Status syscall.WaitStatus
}

func (d *done) err() error {
	if d == nil {
		return errors.New("an answer is none")
	}
	if d.Error != "" {
		return errors.New(d.Error)
	}
	return nil
}

// doneBy is the answer that an error makes, or its absence.
func doneBy(err error) message {
	if err != nil {
		return message{Done: &done{Error: err.Error()}}
	}
	return message{Done: &done{}}
}

// connection makes the two ends of one, the second to be handed over.
func connection() (*net.UnixConn, *os.File, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("connect: %w", err)
	}
	other := os.NewFile(uintptr(ends[1]), "guest")
	own, err := connect(os.NewFile(uintptr(ends[0]), "guest"))
	if err != nil {
		return nil, nil, errors.Join(err, other.Close())
	}
	return own, other, nil
}

// connect takes over a file that is one end.
func connect(f *os.File) (*net.UnixConn, error) {
	defer f.Close()
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if c, ok := conn.(*net.UnixConn); ok {
		return c, nil
	}
	return nil, errors.Join(errors.New("connect: no Unix socket"), conn.Close())
}

func send(to *net.UnixConn, m message, fds ...int) error {
	fd, err := unix.MemfdCreate("netlab", unix.MFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	text := os.NewFile(uintptr(fd), "message")
	defer text.Close()
	if err := gob.NewEncoder(text).Encode(m); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if _, _, err := to.WriteMsgUnix([]byte{0}, unix.UnixRights(append([]int{fd}, fds...)...), nil); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// maxFiles are the most that belong to a message: a program's streams and its control.
const maxFiles = 4

// receive takes the next message; the error is io.EOF when the other side is gone. The caller
// closes the files.
func receive(from *net.UnixConn) (m message, files []*os.File, err error) {
	one, rights := make([]byte, 1), make([]byte, unix.CmsgSpace((1+maxFiles)*4))
	_, n, _, _, err := from.ReadMsgUnix(one, rights)
	if err != nil {
		return m, nil, err
	}
	packets, err := unix.ParseSocketControlMessage(rights[:n])
	if err != nil {
		return m, nil, fmt.Errorf("receive: %w", err)
	}
	for i := range packets {
		fds, err := unix.ParseUnixRights(&packets[i])
		if err != nil {
			return m, files, fmt.Errorf("receive: %w", err)
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "received"))
		}
	}
	if len(files) == 0 {
		return m, nil, io.EOF
	}
	text := files[0]
	defer text.Close()
	if err := gob.NewDecoder(io.NewSectionReader(text, 0, 1<<30)).Decode(&m); err != nil {
		return m, files[1:], fmt.Errorf("receive: %w", err)
	}
	return m, files[1:], nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
