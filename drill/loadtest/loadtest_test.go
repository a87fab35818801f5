package loadtest_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netlab/drill/loadtest"
	"netlab/loadgen"
	"netlab/loadgen/record"
	"netlab/loadgen/worker/workertest"
	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/service"
)

func TestMain(m *testing.M) { workertest.Main(m) }

func servers(t *testing.T) *kernel.Namespace {
	t.Helper()
	ns := kerneltest.Namespace(t)
	at := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port) }
	started := func(s service.Server, err error) {
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
	}
	started(service.HTTP(ns.FD(), service.HTTPConfig{Address: at(80), Instance: "ecs2", ResponseSize: 128}))
	authority, err := service.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	started(service.HTTPS(ns.FD(), service.HTTPConfig{Address: at(443), Instance: "ecs2", ResponseSize: 128}, authority))
	started(service.TCPEcho(ns.FD(), service.EchoConfig{Address: at(7)}))
	started(service.UDPEcho(ns.FD(), at(7)))
	started(service.Bulk(ns.FD(), service.EchoConfig{Address: at(9)}))
	return ns
}

// TestEveryProtocol: the document that each gives has what the run's summary promises.
func TestEveryProtocol(t *testing.T) {
	ns := servers(t)
	for target, o := range map[string]loadtest.Options{
		"http://127.0.0.1/":      {Rate: 500, Kernel: true},
		"http://127.0.0.1:80/?a": {Rate: 500, Arrivals: "constant", Loops: 2, Connections: 5},
		"127.0.0.1":              {Engine: "io_uring"},
		"http://127.0.0.1/hey":   {Engine: "hey", Rate: 100},
		"https://127.0.0.1/":     {Rate: 100, Insecure: true},
		"h2://127.0.0.1/":        {Rate: 100, Insecure: true, Streams: 3},
		"tcp://127.0.0.1:80":     {Curve: loadgen.Flat(100).Ramp(0, 100*time.Millisecond, 1000)},
		"tcp-echo://127.0.0.1":   {Replay: []time.Duration{0, time.Millisecond, 50 * time.Millisecond}},
		"udp://127.0.0.1":        {Rate: 500},
		"bulk+tcp://127.0.0.1:9": {Direction: loadgen.Down},
	} {
		t.Run(target, func(t *testing.T) {
			o.Target, o.NetNS, o.Duration, o.Timeout, o.Seed = target, ns.FD(), 300*time.Millisecond, 500*time.Millisecond, 1
			result, err := loadtest.Run(kerneltest.Context(t), o, nil)
			if errors.Is(err, errors.ErrUnsupported) {
				kerneltest.Unavailable(t, err.Error())
			}
			if err != nil {
				t.Fatal(err)
			}
			both := loadtest.Document{Load: result, Beside: result}
			document, err := both.JSON()
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				Load map[string]any `json:"load"`
			}
			if err := json.Unmarshal(document, &got); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"requests", "success_ratio", "rate", "achieved_ratio", "mean_ms", "p50_ms", "p90_ms", "p99_ms", "p999_ms",
				"max_ms", "service", "errors"} {
				if _, ok := got.Load[key]; !ok {
					t.Errorf("no %s in %s", key, document)
				}
			}
			if result.Answered == 0 || result.Answered != result.Requests || !result.Valid {
				t.Errorf("%s", document)
			}
			var printed bytes.Buffer
			if err := both.Print(&printed); err != nil || !strings.Contains(printed.String(), "100 %") {
				t.Errorf("%s, %v", printed.String(), err)
			}
		})
	}
}

// TestWarmUpIsLeftOut: only what was due after it counts, and the log has both.
func TestWarmUpIsLeftOut(t *testing.T) {
	ns := servers(t)
	var log bytes.Buffer
	seen := map[string]uint64{}
	result, err := loadtest.Run(kerneltest.Context(t),
		loadtest.Options{Target: "http://127.0.0.1/", NetNS: ns.FD(), Rate: 1000, Arrivals: "constant",
			WarmUp: 100 * time.Millisecond, Duration: 200 * time.Millisecond, Timeout: time.Second, Histograms: &log},
		func(i *record.Interval) { seen[i.Phase] += i.Offered })
	if err != nil {
		t.Fatal(err)
	}
	if result.Requests != 200 || seen["warm_up"] != 100 || seen["measured"] != 200 {
		t.Errorf("%d requests measured; in phases %v", result.Requests, seen)
	}
	for _, tag := range []string{"Tag=warm_up.response", "Tag=measured.response", "Tag=measured.service"} {
		if !strings.Contains(log.String(), tag) {
			t.Errorf("no %s in the log", tag)
		}
	}
}

// slowServer is a namespace with a server that takes 20 ms for each request, one at a time.
func slowServer(t *testing.T) *kernel.Namespace {
	t.Helper()
	ns := kerneltest.Namespace(t)
	s, err := service.HTTP(ns.FD(), service.HTTPConfig{Address: netip.MustParseAddrPort("127.0.0.1:80"),
		Behaviour: service.Behaviour{ServiceTime: service.Fixed(20 * time.Millisecond), Workers: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return ns
}

// TestOverload: what the server can't take is not hidden: waiting requests fail, and when they are shed
// the run is invalid.
func TestOverload(t *testing.T) {
	ns := slowServer(t)
	result, err := loadtest.Run(kerneltest.Context(t),
		loadtest.Options{Target: "http://127.0.0.1/", NetNS: ns.FD(), Rate: 1000, Connections: 2,
			MaxWaiting: 3, Duration: 200 * time.Millisecond, Timeout: time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if result.Valid || result.Errors["shed"] == 0 || result.Requests != result.Answered+result.Failed {
		t.Errorf("%+v", result)
	}
}

// TestRateOfASlowServer: answers that come after the end count as answers, but not into the rate.
func TestRateOfASlowServer(t *testing.T) {
	ns := slowServer(t)
	result, err := loadtest.Run(kerneltest.Context(t),
		loadtest.Options{Target: "http://127.0.0.1/", NetNS: ns.FD(), Rate: 200, Arrivals: "constant",
			Connections: 2, Duration: 500 * time.Millisecond, Timeout: time.Minute}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if result.Answered != 100 || result.Rate == 0 || result.Rate > 50 { // one every 20 ms
		t.Errorf("%d answered, %v/s", result.Answered, result.Rate)
	}
}

func TestForeignTargets(t *testing.T) {
	for target, foreign := range map[string]bool{
		"http://192.0.2.1/": true, "tcp://[2001:db8::1]:80": true, "http://0.0.0.0:1/": true,
		"http://127.0.0.1:1/": false, "http://127.1.2.3:1/": false, "http://[::1]:1/": false, "http://localhost:1/": false,
	} {
		o := loadtest.Options{Target: target, NetNS: -1, Rate: 1, Arrivals: "constant", Duration: time.Millisecond, Timeout: time.Millisecond}
		_, err := loadtest.Run(t.Context(), o, nil)
		if got := errors.Is(err, loadtest.ErrForeign); got != foreign {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func TestMistakes(t *testing.T) {
	for want, o := range map[string]loadtest.Options{
		`target gopher://localhost: unknown scheme "gopher"; write http, https, h2, tcp, tcp-echo, udp or bulk+tcp`: {
			Target: "gopher://localhost",
		},
		"target http:///x names no host":                                  {Target: "http:///x"},
		"target tcp://localhost names no port":                            {Target: "tcp://localhost"},
		"target http://localhost:0/: port 0 is not between 1 and 65535":   {Target: "http://localhost:0/"},
		`engine "wrk" is unknown; write epoll, io_uring, standard or hey`: {Engine: "wrk"},
		`arrivals "weird" are unknown; write poisson, constant or closed (a ramp or steps: --curve; recorded instants: --replay)`: {
			Arrivals: "weird",
		},
		"poisson arrivals need a rate":                                            {Arrivals: "poisson"},
		"a closed loop has no rate: each connection sends when it has its answer": {Arrivals: "closed", Rate: 1},
		"3 connections can't be shared by 4 loops":                                {Connections: 3, Loops: 4},
		"a rate of -1": {Rate: -1},
		"load http://127.0.0.1/: a rate of 1e+18/s, at most 10000000/s":                                  {Rate: 1e18},
		"--duration -1s: write a time such as 10s":                                                       {Duration: -time.Second},
		"--warm-up -1s: write a time such as 10s":                                                        {WarmUp: -time.Second},
		"load http://127.0.0.1/: -1 connections":                                                         {Connections: -1},
		"load http://127.0.0.1/: an echo of 70000 bytes, at most 65507 fit a datagram":                   {Size: 70_000},
		"--loops -3: write a number that is not negative":                                                {Loops: -3},
		"--replay says when to send: leave --rate, --curve and --arrivals out":                           {Replay: []time.Duration{0}, Rate: 1},
		"--curve says the rate: leave --rate out":                                                        {Curve: loadgen.Flat(1), Rate: 1},
		"--think is for a closed loop, which has no rate: leave one of them out":                         {Think: 1, Rate: 1},
		"--max-waiting is for a rate: in a closed loop nothing waits":                                    {MaxWaiting: 1},
		"70000 connections to one target: a source address has ports for 64512; give more with --source": {Connections: 70_000},
		`load tcp://127.0.0.1:9: protocol "tcp": unsupported operation by this engine: leave --engine out, or choose another`: {
			Target: "tcp://127.0.0.1:9", Engine: "hey",
		},
	} {
		if o.Target == "" {
			o.Target = "http://127.0.0.1/"
		}
		o.NetNS = -1
		o.Duration, o.Timeout = cmp.Or(o.Duration, time.Second), time.Second
		_, err := loadtest.Run(t.Context(), o, nil)
		var usage loadtest.UsageError
		if !errors.As(err, &usage) || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]float64{"1000": 1000, "1000/s": 1000, "2.5k/s": 2500, "0": 0} {
		if got, err := loadtest.ParseRate(text); got != want || err != nil {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "-1", "1000/m", "1 2", "1e999"} {
		if got, err := loadtest.ParseRate(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
	curve, err := loadtest.ParseCurve("0s=100/s, 10s=1k/s,10s=5")
	if want := (loadgen.Curve{{At: 0, Rate: 100}, {At: 10 * time.Second, Rate: 1000}, {At: 10 * time.Second, Rate: 5}}); err != nil ||
		!slices.Equal(curve, want) {
		t.Errorf("%v, %v", curve, err)
	}
	for _, text := range []string{"", "10s", "10s=1,5s=1", "x=1", "1s=y"} {
		if _, err := loadtest.ParseCurve(text); err == nil {
			t.Errorf("curve %q passes", text)
		}
	}
	file := filepath.Join(t.TempDir(), "replay")
	for text, want := range map[string]string{"# recorded\n0\n\n0.5\n1\n": "", "1\n0.5": "comes before", "a": "is no number",
		"-1": "is no number", "0\nNaN": ":2:", "inf": "is no number", "1e300": "is no number", "# none\n\n": "names no instant"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		instants, err := loadtest.ReadReplay(file)
		if want == "" && (err != nil || !slices.Equal(instants, []time.Duration{0, 500 * time.Millisecond, time.Second})) ||
			want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, %v", text, instants, err)
		}
	}
}
