package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"netlab/netlab/kernel/kerneltest"
)

// A boundary is something that a program in a lab may try to reach, by scripts that end well
// where they do. Some it can: docs/security.md says so.
type boundary struct {
	what    string
	open    bool
	scripts []string
}

// In scripts $PORT is a server on the machine's loopback, $ATTACK the test binary, $NAME the lab,
// $OTHER another one, $DIR a folder of the user's, $MACHINE an address of the machine, $ENDPOINT
// that of the VPC's endpoint.
var boundaries = []boundary{
	{"servers on the machine's loopback", false, []string{
		"curl -s --max-time 2 http://127.0.0.1:$PORT/", "curl -s --max-time 2 --abstract-unix-socket netlab-$PORT http://machine/",
	}},
	{"the machine's network", false, []string{"curl -s --max-time 2 http://$MACHINE:$PORT/"}},
	{"another VPC, but through an endpoint", false, []string{"curl -s --max-time 2 http://192.168.20.200/", "ping -c 1 -W 1 192.168.20.200"}},
	{"another lab of the same user", false, []string{
		"netlab exec $OTHER ecs1 -- true", "netlab down $OTHER", "grep -a '[s]tay-inside' /proc/[0-9]*/cmdline",
	}},
	{"its own lab's console", false, []string{"netlab exec $NAME ecs2 -- true", "netlab down $NAME"}},
	{"processes of the machine and of other hosts", false, []string{
		"grep '^netlab.test' /proc/[0-9]*/comm", "grep -a '[u]p frankfurt' /proc/[0-9]*/cmdline",
	}},
	{"descriptors of the host's init, and through them netlab's", false, []string{
		attackVariable + "='take descriptors' $ATTACK", attackVariable + "='open descriptors' $ATTACK",
		"nsenter --net=/proc/1/ns/net true", "nsenter --net=/proc/1/fd/3 true", "nsenter --net=/proc/1/fd/5 true",
		"readlink /proc/1/fd/3", ": </proc/1/fd/4", "unshare -Ur readlink /proc/1/fd/3", "ls /proc/1/root/",
	}},
	{"namespaces of other processes", false, []string{
		attackVariable + "='enter namespaces' $ATTACK", "nsenter --target 1 --mount true", "unshare -Ur nsenter --target 1 --net true",
	}},
	{"the network of a socket that it was given", false, []string{attackVariable + "='ask sockets' $ATTACK"}},
	{"the machine's settings in /proc/sys", false, []string{
		": >/proc/sys/vm/swappiness", ": >/proc/sys/kernel/core_pattern", ": >/proc/sys/fs/file-max", ": >/proc/sysrq-trigger",
		"umount /proc/sys && : >/proc/sys/vm/swappiness", "mount -o remount,rw,bind /proc/sys && : >/proc/sys/vm/swappiness",
		"mount -t proc proc $DIR && : >$DIR/sys/vm/swappiness",
		"unshare -Urm sh -c 'umount /proc/sys && : >/proc/sys/vm/swappiness'",
		"unshare -Urmpf sh -c 'mount -t proc proc /proc && : >/proc/sys/vm/swappiness'",
	}},
	{"devices and modules in /sys", false, []string{
		": >$(find /sys/module -name uevent | head -1)", "umount /sys", "mount -o remount,rw /sys", "unshare -Urm umount /sys",
	}},
	{"capabilities that reach beyond its network: SYS_PTRACE, SYS_ADMIN, SYS_MODULE, SYS_BOOT, SYS_RAWIO", false, []string{
		"capsh --has-p=cap_sys_ptrace", "capsh --has-p=cap_sys_admin", "capsh --has-p=cap_sys_module", "capsh --has-p=cap_sys_boot",
		"capsh --has-p=cap_sys_rawio", "grep -q 'NoNewPrivs:.0' /proc/self/status",
	}},
	{"the settings, links and packets of its own host", true, []string{
		"echo 0 >/proc/sys/net/ipv4/ip_forward && ip link add name more type veth peer name evenmore && ip link del more",
		"ping -c 1 127.0.0.1", attackVariable + "='capture packets' $ATTACK",
	}},
	{"programs on the same host", true, []string{"sleep 1000 & kill $!"}},
	{"endpoints of its VPC", true, []string{"curl -s --max-time 5 http://$ENDPOINT/"}},
	{"the file system, as far as the user may", true, []string{"test -r $DIR/frankfurt.yaml && echo x >$DIR/written && rm $DIR/written"}},
	{"servers that listen on sockets in the file system", true, []string{"curl -s --max-time 5 --unix-socket $DIR/path.sock http://machine/"}},
	{"the machine's processors and memory, without a limit", true, []string{"test -r /proc/meminfo"}},
}

// TestIsolation: what a program in a lab reaches, as root and as an ordinary user.
func TestIsolation(t *testing.T) {
	needsSandbox(t)
	for _, tool := range []string{"curl", "ping", "tcpdump", "capsh", "nsenter", "ip"} {
		if _, err := exec.LookPath(tool); err != nil {
			kerneltest.Unavailable(t, "this machine has no "+tool)
		}
	}
	program := attacker(t)
	for who, be := range map[string]func(*login){
		"an ordinary user": func(*login) {},
		"root":             func(l *login) { l.as = nil },
		"sudo": func(l *login) {
			l.env = append(l.env, fmt.Sprint("SUDO_UID=", l.as.Credential.Uid), fmt.Sprint("SUDO_GID=", l.as.Credential.Gid))
			l.as = nil
		},
	} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			if os.Geteuid() != 0 && who != "an ordinary user" {
				kerneltest.Unavailable(t, "only root is root")
			}
			s := ordinaryLogin(t)
			be(&s)
			l := startTarget(t, s, program)
			for _, b := range boundaries {
				for _, script := range b.scripts {
					out, reached := l.try(t, script)
					if reached != b.open {
						t.Errorf("%s: reached is %v, want %v, by %s:\n%s", b.what, reached, b.open, script, out)
					}
				}
			}
		})
	}
}

// A target is a lab that programs try to get out of.
type target struct {
	login
	name, variables string
	stdin           *os.File // a socket of the machine's
}

func startTarget(t *testing.T, s login, attacker string) target {
	t.Helper()
	machine := serveMachine(t, filepath.Join(s.directory, "path.sock"))
	l := target{login: s, name: labName(t)}
	other := l.name + "-other"
	for _, name := range []string{l.name, other} {
		t.Cleanup(func() { s.sh(t, "netlab down "+name) })
		s.says(t, "netlab up frankfurt.yaml --name "+name, 0, "is up")
	}
	endpoint, _ := s.sh(t, "netlab exec "+l.name+" ep-vpc1.b -- hostname -I | cut -d' ' -f1")
	l.variables = fmt.Sprintf("PORT=%d MACHINE=%s ATTACK=%s NAME=%s OTHER=%s DIR=%s ENDPOINT=%s; ",
		machine.Port, outward(t), attacker, l.name, other, s.directory, strings.TrimSpace(endpoint))
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	must(t, err)
	l.stdin = os.NewFile(uintptr(ends[0]), "socket")
	t.Cleanup(func() {
		l.stdin.Close()
		syscall.Close(ends[1])
	})
	return l
}

// try runs a script on ecs1.
func (l target) try(t *testing.T, script string) (out string, reached bool) {
	t.Helper()
	c := exec.CommandContext(kerneltest.Context(t), program, "exec", l.name, "ecs1", "--", "sh", "-c", l.variables+script)
	c.Dir, c.SysProcAttr, c.Stdin = l.directory, l.as, l.stdin
	c.Env = append(os.Environ(), l.env...)
	text, err := c.CombinedOutput()
	return string(text), err == nil
}

// serveMachine answers on the machine's every address, by an abstract socket and by a path.
func serveMachine(t *testing.T, path string) *net.TCPAddr {
	t.Helper()
	tcp, err := net.Listen("tcp4", ":0")
	must(t, err)
	port := tcp.Addr().(*net.TCPAddr)
	abstract, err := net.Listen("unix", fmt.Sprintf("@netlab-%d", port.Port))
	must(t, err)
	file, err := net.Listen("unix", path)
	must(t, err)
	must(t, os.Chmod(path, 0o777))
	for _, l := range []net.Listener{tcp, abstract, file} {
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Read(make([]byte, 1024))
				fmt.Fprint(conn, "HTTP/1.0 200 OK\r\n\r\nmachine\n")
				conn.Close()
			}
		}()
	}
	return port
}

// outward is an address of the machine that is not loopback, or one where nobody is.
func outward(t *testing.T) string {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	must(t, err)
	for _, a := range addresses {
		if ip := a.(*net.IPNet).IP; ip.To4() != nil && !ip.IsLoopback() {
			return ip.String()
		}
	}
	return "192.0.2.1"
}

// TestToolsWorkOnHosts: what people use to look at a network, and servers on low ports. Of
// tcpdump only root's labs know: it gives up root, for which others have no id to spare.
func TestToolsWorkOnHosts(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	s := ordinaryLogin(t)
	tools := map[string]string{
		"iperf3": "iperf3 -s -p 80 >/dev/null & until iperf3 -c 127.0.0.1 -p 80 -n 1M >/dev/null 2>&1; do kill -0 $! || exit 1; done; " +
			"kill $!",
		"ping": "ping -c 1 127.0.0.1",
	}
	if os.Geteuid() == 0 {
		s = login{directory: s.directory}
		tools["tcpdump"] = "timeout 20 tcpdump -i lo -c 1 & until ping -c 1 127.0.0.1 >/dev/null && ! kill -0 $! 2>/dev/null; do :; done; wait $!"
	}
	name := labName(t)
	defer s.sh(t, "netlab down "+name)
	s.says(t, "netlab up frankfurt.yaml --name "+name, 0, "is up")
	for tool, script := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			kerneltest.Unavailable(t, "this machine has no "+tool)
		}
		if out, code := s.sh(t, "netlab exec "+name+" ecs1 -- sh -c '"+script+"'"); code != 0 {
			t.Errorf("%s: exit code %d:\n%s", tool, code, out)
		}
	}
}

var updateSecurity = flag.Bool("update-security", false, "write the table in docs/security.md anew")

// TestSecurityPage: the table in docs/security.md is the one that TestIsolation goes by.
func TestSecurityPage(t *testing.T) {
	var table strings.Builder
	table.WriteString("| | a program in a lab |\n|---|---|\n")
	for _, b := range boundaries {
		reach := "does not reach it"
		if b.open {
			reach = "**reaches it**"
		}
		fmt.Fprintf(&table, "| %s | %s |\n", b.what, reach)
	}
	file := filepath.Join("..", "..", "docs", "security.md")
	page, err := os.ReadFile(file)
	must(t, err)
	const begin, end = "<!-- isolation -->\n", "<!-- end -->\n"
	before, rest, ok := strings.Cut(string(page), begin)
	old, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no table", file)
	}
	if *updateSecurity {
		must(t, os.WriteFile(file, []byte(before+begin+table.String()+end+after), 0o644))
	} else if old != table.String() {
		t.Errorf("the table in %s is another one: write it with -update-security", file)
	}
}
