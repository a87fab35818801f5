package console

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netlab/netlab/kernel/kerneltest"
)

// strangerVariable tells the test binary that it is a stranger: what it does stands there.
const strangerVariable = "NETLAB_TEST_STRANGER"

func TestMain(m *testing.M) {
	switch does, argument, _ := strings.Cut(os.Getenv(strangerVariable), " "); does {
	case "squat":
		squat(argument)
	case "call":
		intrude(argument)
	default:
		os.Exit(m.Run())
	}
}

// strangers are all those that have a user's id, or another one, and are not the user's netlab.
var strangers = map[string]func(*exec.Cmd){
	"another user": func(c *exec.Cmd) {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	},
	"root without capabilities": func(c *exec.Cmd) {
		self, err := os.Executable()
		if err != nil {
			panic(err)
		}
		*c = *exec.Command("setpriv", "--bounding-set=-all", "--inh-caps=-all", self)
	},
	"another mount namespace": inside(syscall.CLONE_NEWNS),
	"another PID namespace":   inside(syscall.CLONE_NEWPID),
	"another user namespace":  inside(syscall.CLONE_NEWUSER),
}

func inside(namespace uintptr) func(*exec.Cmd) {
	return func(c *exec.Cmd) {
		c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespace}
		if namespace == syscall.CLONE_NEWUSER {
			c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
			c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
		}
	}
}

// each runs a test against every kind of stranger.
func each(t *testing.T, test func(t *testing.T, be func(*exec.Cmd))) {
	if os.Geteuid() != 0 {
		kerneltest.Unavailable(t, "only root can be somebody else")
	}
	for who, be := range strangers {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			test(t, be)
		})
	}
}

// A stranger is another process; what it says is read line by line.
type stranger struct {
	said *bufio.Reader
	tell io.Closer // closing it ends the stranger
}

func startStranger(t *testing.T, does string, be func(*exec.Cmd), files ...*os.File) stranger {
	t.Helper()
	// The name is one that every user may run.
	c := exec.Command("/proc/self/exe")
	if be != nil {
		be(c)
	}
	c.Env = append(os.Environ(), strangerVariable+"="+does)
	c.Stderr, c.ExtraFiles = os.Stderr, files
	in, err := c.StdinPipe()
	must(t, err)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	t.Cleanup(func() {
		in.Close()
		_ = c.Wait() // how it ends is its own business
	})
	return stranger{bufio.NewReader(out), in}
}

func (s stranger) line(t *testing.T) string {
	t.Helper()
	line, err := s.said.ReadString('\n')
	if err != nil {
		t.Fatalf("the stranger ended: %v", err)
	}
	return strings.TrimSuffix(line, "\n")
}

// squatter is a stranger who listens where a lab would.
func squatter(t *testing.T, path, name, mode string, be func(*exec.Cmd)) stranger {
	t.Helper()
	p, err := makePlace(path)
	must(t, err)
	defer p.Close()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	must(t, unix.Bind(fd, &unix.SockaddrUnix{Name: p.socket(name)}))
	bound := os.NewFile(uintptr(fd), "bound")
	defer bound.Close()
	s := startStranger(t, "squat "+mode, be, bound)
	if line := s.line(t); line != "listening" {
		t.Fatalf("the stranger says %q", line)
	}
	return s
}

// answers are what squatters say.
var answers = map[string]func(net.Conn){
	"silence": func(net.Conn) {},
	"nothing": func(c net.Conn) { reply(c, 1, `{}`) },
	"endless": func(c net.Conn) {
		for chunk := make([]byte, 1<<20); ; {
			if _, err := c.Write(chunk); err != nil {
				return
			}
		}
	},
	"long":    func(c net.Conn) { fmt.Fprint(c, "nlc\x01\xff\xff\xff\xff") },
	"escapes": func(c net.Conn) { reply(c, 1, `{"info":{"name":"\u001b]0;owned\u0007","scenario":"x"}}`) },
	"unknown": func(c net.Conn) { reply(c, 1, `{"info":{"name":"frankfurt"},"owned":true}`) },
	"two":     func(c net.Conn) { reply(c, 1, `{"info":{"name":"frankfurt"}} {}`) },
	"version": func(c net.Conn) { reply(c, 2, `{}`) },
	"raw":     func(c net.Conn) { fmt.Fprintln(c, `{}`) },
}

func reply(c net.Conn, version byte, body string) {
	fmt.Fprintf(c, "nlc%c\x00\x00\x00%c%s", version, len(body), body)
}

// squat listens on descriptor 3 and says what it was handed over by each caller.
func squat(mode string) {
	if err := unix.Listen(3, 16); err != nil {
		fmt.Println(err)
		return
	}
	listener, err := net.FileListener(os.NewFile(3, "squat"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("listening")
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		conn, err := listener.(*net.UnixListener).AcceptUnix()
		if err != nil {
			return
		}
		go answers[mode](conn)
		bytes, files := 0, 0
		for buffer, rights := make([]byte, 1<<16), make([]byte, unix.CmsgSpace(64)); ; {
			n, rn, _, _, err := conn.ReadMsgUnix(buffer, rights)
			if n == 0 || err != nil {
				break
			}
			got, _ := received(rights[:rn])
			bytes, files = bytes+n, files+len(got)
		}
		fmt.Printf("%d bytes, %d files\n", bytes, files)
		conn.Close()
	}
}

// intrude calls a lab without a look at who answers, and says what it hears.
func intrude(path string) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		err = unix.Connect(fd, &unix.SockaddrUnix{Name: filepath.Join(path, "frankfurt.sock")})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	conn, err := unixConn(os.NewFile(uintptr(fd), "call"))
	if err == nil {
		_ = write(conn, request{wantExec}, maxRequest) // the answer says why not
		_, err = await(conn, "frankfurt", patience)
	}
	if err == nil {
		err = write(conn, Exec{Host: "ecs1", Command: []Bytes{Bytes("id")}}, maxExec, os.Stdin, os.Stdout, os.Stderr)
	}
	if err == nil {
		_, err = await(conn, "frankfurt", patience)
	}
	fmt.Println(strconv.Quote(fmt.Sprint(err)))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
