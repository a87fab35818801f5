// Package console reaches a lab that stays up from other commands, through a socket in the
// abstract namespace of Unix sockets: there is no file to protect or to leave behind, and the
// name is free again when the lab is gone, however it went.
//
// A connection carries one call: a line of JSON, with the caller's standard streams beside it
// where a program is to use them, and a line of JSON back.
package console

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Info says what a lab is.
type Info struct {
	Name     string    `json:"name"`
	Scenario string    `json:"scenario"`
	File     string    `json:"file"`
	Since    time.Time `json:"since"`
	Hosts    []string  `json:"hosts"`
}

// A call is what a caller asks for: exactly one of Info, Down and Exec is set.
type call struct {
	Info bool  `json:"info,omitempty"`
	Down bool  `json:"down,omitempty"`
	Exec *Exec `json:"exec,omitempty"`
}

// An Exec asks for a program to be run on a host. The caller's standard streams come with it.
type Exec struct {
	Host    string   `json:"host"`
	Command []string `json:"command"`
	Dir     string   `json:"dir"`
}

type answer struct {
	Info  *Info  `json:"info,omitempty"`
	Code  int    `json:"code,omitempty"` // a program's exit code
	Error string `json:"error,omitempty"`
}

// ErrNoLab says that no lab of that name is up.
var ErrNoLab = errors.New("no lab of that name is up")

// address is where a user's lab listens. "@" stands for the abstract namespace.
func address(name string) *net.UnixAddr {
	return &net.UnixAddr{Net: "unix", Name: prefix() + name}
}

func prefix() string { return "@netlab/" + strconv.Itoa(os.Getuid()) + "/" }

// Listen claims a name for a lab.
func Listen(name string) (*net.UnixListener, error) {
	l, err := net.ListenUnix("unix", address(name))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("a lab named %s is up already", name)
	}
	if err != nil {
		return nil, fmt.Errorf("claim the name %s: %w", name, err)
	}
	return l, nil
}

// Names lists the user's labs that are up.
func Names() ([]string, error) {
	data, err := os.ReadFile("/proc/net/unix")
	if err != nil {
		return nil, fmt.Errorf("list labs: %w", err)
	}
	var names []string
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) == 8 {
			if name, ok := strings.CutPrefix(fields[7], prefix()); ok {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Describe asks a lab what it is.
func Describe(name string) (Info, error) {
	a, err := ask(name, call{Info: true})
	if err != nil {
		return Info{}, err
	}
	return *a.Info, nil
}

// Down ends a lab and returns when it is gone.
func Down(name string) error {
	_, err := ask(name, call{Down: true})
	return err
}

// Run runs a program on a host of a lab, with these standard streams, and returns its exit code.
func Run(name string, e Exec, stdin, stdout, stderr *os.File) (code int, err error) {
	a, err := ask(name, call{Exec: &e}, stdin, stdout, stderr)
	return a.Code, err
}

// ask makes one call.
func ask(name string, c call, streams ...*os.File) (answer, error) {
	conn, err := net.DialUnix("unix", nil, address(name))
	if errors.Is(err, syscall.ECONNREFUSED) {
		return answer{}, fmt.Errorf("%s: %w", name, ErrNoLab)
	}
	if err != nil {
		return answer{}, fmt.Errorf("reach lab %s: %w", name, err)
	}
	defer conn.Close()
	line, err := json.Marshal(c)
	if err != nil {
		return answer{}, err
	}
	var rights []byte
	if len(streams) > 0 {
		var fds []int
		for _, s := range streams {
			fds = append(fds, int(s.Fd()))
		}
		rights = unix.UnixRights(fds...)
	}
	if _, _, err := conn.WriteMsgUnix(append(line, '\n'), rights, nil); err != nil {
		return answer{}, fmt.Errorf("reach lab %s: %w", name, err)
	}
	var a answer
	if err := json.NewDecoder(bufio.NewReader(conn)).Decode(&a); err != nil {
		return answer{}, fmt.Errorf("lab %s went away: %w", name, err)
	}
	if a.Error != "" {
		return a, errors.New(a.Error)
	}
	return a, nil
}
