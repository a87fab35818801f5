package console

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A frame on the wire is the protocol's name and version, the length of what follows, and one
// JSON document; descriptors come beside its first byte.
const (
	protocol = "nlc"
	version  = 1
	header   = len(protocol) + 1 + 4
)

// Limits on what a document may hold, and on how long a netlab that runs may take for it.
const (
	maxAnswer  = 1 << 20
	maxRequest = 4 << 10
	maxExec    = 4 << 20
	patience   = 1500 * time.Millisecond
)

// A request says what a caller wants.
type request struct {
	Want want `json:"want"`
}

type want string

const (
	wantInfo want = "info"
	wantDown want = "down"
	wantExec want = "exec" // an Exec follows, when the answer said that it may
)

type answer struct {
	Info  *Info  `json:"info,omitempty"`
	Code  int    `json:"code,omitempty"` // a program's exit code
	Error string `json:"error,omitempty"`
}

// write sends one document, with files beside it.
func write(conn *net.UnixConn, document any, limit int, files ...*os.File) error {
	body, err := json.Marshal(document)
	if err != nil {
		return err
	}
	if len(body) > limit {
		return fmt.Errorf("a message of %d bytes is too long: netlab takes %d", len(body), limit)
	}
	frame := append([]byte(protocol), version)
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(body)))
	frame = append(frame, body...)
	var rights []byte
	if len(files) > 0 {
		var fds []int
		for _, f := range files {
			fds = append(fds, int(f.Fd()))
		}
		rights = unix.UnixRights(fds...)
	}
	if err := conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	n, _, err := conn.WriteMsgUnix(frame, rights, nil)
	if err == nil && n < len(frame) {
		_, err = conn.Write(frame[n:])
	}
	return err
}

// read receives one document, and at most so many files beside it; it takes no byte of what
// follows. The caller closes the files, also beside an error.
func read(conn *net.UnixConn, document any, limit, maxFiles int) (files []*os.File, err error) {
	head := make([]byte, header)
	rights := make([]byte, unix.CmsgSpace(maxFiles*4))
	n, rn, flags, _, err := conn.ReadMsgUnix(head, rights)
	if err != nil {
		return nil, err
	}
	if files, err = received(rights[:rn]); err != nil {
		return files, err
	}
	if flags&unix.MSG_CTRUNC != 0 {
		return files, errors.New("it sends more files than belong to the message")
	}
	if n == 0 {
		return files, io.EOF
	}
	if _, err := io.ReadFull(conn, head[n:]); err != nil {
		return files, err
	}
	if string(head[:len(protocol)]) != protocol {
		return files, errors.New("it doesn't speak the protocol of netlab's console")
	}
	if v := head[len(protocol)]; v != version {
		return files, fmt.Errorf("it speaks version %d of the console's protocol, this netlab version %d: "+
			"use the netlab that made the lab", v, version)
	}
	length := int(binary.BigEndian.Uint32(head[len(protocol)+1:]))
	if length > limit {
		return files, fmt.Errorf("it sends a message of %d bytes, of which netlab takes %d", length, limit)
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(conn, body); err != nil {
		return files, err
	}
	strict := json.NewDecoder(bytes.NewReader(body))
	strict.DisallowUnknownFields()
	if err := strict.Decode(document); err != nil {
		return files, fmt.Errorf("read message: %w", err)
	}
	if _, err := strict.Token(); err != io.EOF {
		return files, errors.New("read message: more than one document")
	}
	return files, nil
}

// received opens the files that came beside a message.
func received(rights []byte) (files []*os.File, err error) {
	if len(rights) == 0 {
		return nil, nil
	}
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, err
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return files, err
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "received"))
		}
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
