package engine_test

import (
	"errors"
	"flag"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"netlab/loadgen"
	"netlab/loadgen/engine"
	"netlab/loadgen/worker/workertest"
	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/service"
	"netlab/scenarios/protocol"
)

func TestMain(m *testing.M) { workertest.Main(m) }

// servers are what answers each protocol.
func servers(fd int, authority *service.Authority, at netip.AddrPort) map[protocol.Name]func() (service.Server, error) {
	web := service.HTTPConfig{Address: at, Instance: "ecs2", ResponseSize: 128}
	echo := service.EchoConfig{Address: at}
	plain := func() (service.Server, error) { return service.HTTP(fd, web) }
	secure := func() (service.Server, error) { return service.HTTPS(fd, web, authority) }
	return map[protocol.Name]func() (service.Server, error){
		protocol.HTTP: plain, protocol.HTTPS: secure, protocol.HTTP2: secure, protocol.TCPConnect: plain,
		protocol.TCPEcho: func() (service.Server, error) { return service.TCPEcho(fd, echo) },
		protocol.UDPEcho: func() (service.Server, error) { return service.UDPEcho(fd, at) },
		protocol.BulkTCP: func() (service.Server, error) { return service.Bulk(fd, echo) },
	}
}

type log []loadgen.Sample

func (l *log) Record(s *loadgen.Sample) { *l = append(*l, *s) }

// TestEveryEngineSpeaksWhatTheRegistrySays: a protocol of the registry that has no server here or that
// one of its engines does not really speak fails, and so does an engine that nobody makes.
func TestEveryEngineSpeaksWhatTheRegistrySays(t *testing.T) {
	ns := kerneltest.Namespace(t)
	authority, err := service.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort("127.0.0.1:80")
	for p := range protocol.All() {
		t.Run(string(p.Name), func(t *testing.T) {
			serve := servers(ns.FD(), authority, at)[p.Name]
			if serve == nil {
				t.Fatal("nothing answers this protocol")
			}
			server, err := serve()
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			for _, name := range protocol.Engines() {
				t.Run(name, func(t *testing.T) { testEngine(t, ns.FD(), p, protocol.Engine(name), at, authority.PEM()) })
			}
		})
	}
}

func testEngine(t *testing.T, fd int, p protocol.Protocol, name protocol.Engine, at netip.AddrPort, trust []byte) {
	e, err := engine.New(t.Context(), name)
	if errors.Is(err, errors.ErrUnsupported) {
		kerneltest.Unavailable(t, err.Error())
	} else if err != nil {
		t.Fatal(err)
	}
	var samples log
	acct, err := e.Run(kerneltest.Context(t),
		loadgen.Plan{Name: string(p.Name), NetNS: fd, Protocol: p.Name, Target: at, Path: "/", Trust: trust,
			Pacer: loadgen.Constant(200), Connections: 2, Timeout: time.Second, Start: loadgen.Now() + int64(50*time.Millisecond),
			Duration: 250 * time.Millisecond}, &samples)
	if !name.Speaks(p.Name) {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("the registry says that it doesn't speak this: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if acct.Offered == 0 || acct.Answered == 0 || acct.Answered < acct.Offered-2 || uint64(len(samples)) != acct.Offered {
		t.Errorf("%d samples, %+v", len(samples), acct)
	}
}

var update = flag.Bool("update", false, "write the column anew that says what each engine speaks")

// TestDocumentation: docs/loadgen.md tells of each engine, and in the last column of its row what it speaks.
func TestDocumentation(t *testing.T) {
	const file = "../../docs/loadgen.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, name := range protocol.Engines() {
		row := slices.IndexFunc(lines, func(line string) bool {
			return strings.HasPrefix(line, "| `"+name+"` | ") && strings.Count(line, "|") == 4
		})
		if row < 0 {
			t.Errorf("no row of %s", name)
			continue
		}
		speaks := protocol.Names(func(p protocol.Protocol) bool { return protocol.Engine(name).Speaks(p.Name) })
		cells := strings.Split(lines[row], "|")
		cells[3] = " `" + strings.Join(speaks, "` `") + "` "
		want := strings.Join(cells, "|")
		if lines[row] != want && !*update {
			t.Errorf("go test ./loadgen/engine -run Documentation -update would write\n%s\nin place of\n%s", want, lines[row])
		}
		lines[row] = want
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
