package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"netlab/loadgen"
	"netlab/netlab/service"
	"netlab/scenarios/protocol"
)

// tools are the programs that were found, by name.
type tools struct {
	path map[string]string
	dir  string // of those that were built
}

// The peers' Debian packages, and their Go modules.
var (
	packages = map[string]string{"wrk": "wrk", "ab": "apache2-utils", "h2load": "nghttp2-client", "iperf3": "iperf3"}
	modules  = map[string]string{"hey": "github.com/rakyll/hey@v0.1.5", "vegeta": "github.com/tsenart/vegeta/v12@v12.13.0"}
)

// findTools installs what it can: Debian packages as root, Go modules always.
func findTools(ctx context.Context) (tools, error) {
	dir, err := os.MkdirTemp("", "netlab-bench-")
	if err != nil {
		return tools{}, fmt.Errorf("make a folder for peers: %w", err)
	}
	t := tools{path: map[string]string{}, dir: dir}
	for name, pkg := range packages {
		path, err := exec.LookPath(name)
		if err != nil && os.Geteuid() == 0 {
			_ = exec.CommandContext(ctx, "apt-get", "install", "-y", "-qq", pkg).Run() // said below if it fails
			path, err = exec.LookPath(name)
		}
		if err != nil {
			fmt.Printf("%s is missing and left out: apt-get install %s\n", name, pkg)
			continue
		}
		t.path[name] = path
	}
	for name, module := range modules {
		cmd := exec.CommandContext(ctx, "go", "install", module)
		cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=-mod=mod")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			fmt.Printf("%s can't be built and is left out: %s\n", name, bytes.TrimSpace(out))
			continue
		}
		t.path[name] = filepath.Join(dir, name)
	}
	return t, nil
}

func (t tools) remove() { os.RemoveAll(t.dir) }

// A load is what one measurement asks of a tool.
type load struct {
	connections int
	fresh       bool
	rate        float64 // 0: as much as goes
	lasts       time.Duration
	pace        loadgen.Pace
}

// A measurement is what a tool did.
type measurement struct {
	requests float64
	seconds  float64
	cpu      time.Duration
	latency  quantiles // as the tool reports it
	ours     *clientResult
}

func (m *measurement) rate() float64 { return m.requests / m.seconds }

// cost is CPU seconds for 100,000 requests.
func (m *measurement) cost() float64 { return m.cpu.Seconds() / m.requests * 1e5 }

var errMissing = errors.New("missing")

// measure runs one tool in the client's namespace on core 0.
func (b *bench) measure(ctx context.Context, name string, l load) (*measurement, error) {
	var cmd *exec.Cmd
	url := "http://" + serverAddr.String() + "/"
	seconds := strconv.Itoa(int(l.lasts.Seconds()))
	path := b.tools.path[name]
	switch {
	case name == "epoll" || name == "io_uring":
		return b.measureOurs(ctx, name, l)
	case path == "":
		return nil, fmt.Errorf("%s: %w", name, errMissing)
	case name == "wrk":
		cmd = exec.CommandContext(ctx, path, "-t1", "--latency", "-c", strconv.Itoa(l.connections), "-d", seconds+"s")
		if l.fresh {
			cmd.Args = append(cmd.Args, "-H", "Connection: close")
		}
		cmd.Args = append(cmd.Args, url)
	case name == "ab":
		cmd = exec.CommandContext(ctx, path, "-q", "-t", seconds, "-n", "100000000", "-c", strconv.Itoa(l.connections))
		if !l.fresh {
			cmd.Args = append(cmd.Args, "-k")
		}
		cmd.Args = append(cmd.Args, url)
	case name == "h2load":
		cmd = exec.CommandContext(ctx, path, "--h1", "-t1", "-D", seconds, "-c", strconv.Itoa(l.connections), url)
	case name == "hey":
		cmd = exec.CommandContext(ctx, path, "-z", seconds+"s", "-c", strconv.Itoa(l.connections))
		if l.rate > 0 {
			cmd.Args = append(cmd.Args, "-q", strconv.FormatFloat(l.rate/float64(l.connections), 'f', -1, 64))
		}
		if l.fresh {
			cmd.Args = append(cmd.Args, "-disable-keepalive")
		}
		cmd.Args = append(cmd.Args, url)
	case name == "vegeta":
		cmd = exec.CommandContext(ctx, path, "attack", "-duration", seconds+"s", "-rate", strconv.Itoa(int(l.rate)), "-connections",
			strconv.Itoa(l.connections), "-max-workers", strconv.Itoa(max(l.connections, int(l.rate))), "-keepalive="+strconv.FormatBool(!l.fresh))
		cmd.Stdin = bytes.NewBufferString("GET " + url + "\n")
	}
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	begun := time.Now()
	p, err := start(b.lab.client, 0, cmd)
	if err != nil {
		return nil, err
	}
	if err := p.wait(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, complaints.Bytes())
	}
	m := &measurement{seconds: time.Since(begun).Seconds(), cpu: p.cpu()}
	if name == "vegeta" {
		return m, b.readVegeta(ctx, path, out.Bytes(), m)
	}
	return m, readReport(name, out.Bytes(), m)
}

func (b *bench) measureOurs(ctx context.Context, engine string, l load) (*measurement, error) {
	j := clientJob{Engine: engine, Rate: l.rate, Plan: loadgen.Plan{
		Name: engine, Protocol: protocol.HTTP, Target: addrPort(80), Connections: l.connections, FreshConnections: l.fresh,
		Timeout: 10 * time.Second, Duration: l.lasts, Pace: l.pace,
	}}
	return b.runClient(ctx, j)
}

// runClient runs our own generator.
func (b *bench) runClient(ctx context.Context, j clientJob) (*measurement, error) {
	argument, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe", "client", string(argument))
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	p, err := start(b.lab.client, 0, cmd)
	if err != nil {
		return nil, err
	}
	if err := p.wait(); err != nil {
		return nil, err
	}
	var r clientResult
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return nil, fmt.Errorf("read what the client says: %w", err)
	}
	return &measurement{requests: float64(r.Answered), seconds: j.Plan.Duration.Seconds(), cpu: p.cpu(), latency: r.Response, ours: &r}, nil
}

// serve starts the server on core 1.
func (b *bench) serve(role string, cfg service.HTTPConfig) (*process, error) {
	argument, err := json.Marshal(cfg)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/proc/self/exe", role, string(argument))
	cmd.Stderr = os.Stderr
	// Not StdoutPipe: Wait would close it under the reader.
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = in
	p, err := start(b.lab.server, 1, cmd)
	in.Close()
	if err != nil {
		return nil, err
	}
	if n, err := out.Read(make([]byte, 6)); n == 0 {
		return nil, fmt.Errorf("server does not start: %w", err)
	}
	p.out = out
	return p, nil
}

// reports tell where a tool prints its requests a second and, in milliseconds, its latencies.
var reports = map[string]struct{ requests, rate string }{
	"wrk":    {`(\d+) requests in`, `Requests/sec:\s+([\d.]+)`},
	"ab":     {`Complete requests:\s+(\d+)`, `Requests per second:\s+([\d.]+)`},
	"h2load": {`requests: \d+ total, \d+ started, (\d+) done`, `finished in [\d.]+m?s, ([\d.]+) req/s`},
	"hey":    {``, `Requests/sec:\s+([\d.]+)`},
}

func readReport(name string, out []byte, m *measurement) error {
	number := func(pattern string) (float64, bool) {
		found := regexp.MustCompile(pattern).FindSubmatch(out)
		if found == nil {
			return 0, false
		}
		v, err := strconv.ParseFloat(string(found[1]), 64)
		return v, err == nil
	}
	rate, ok := number(reports[name].rate)
	if !ok {
		return fmt.Errorf("%s prints no rate: %s", name, out)
	}
	m.requests = rate * m.seconds
	if reports[name].requests != "" {
		if n, ok := number(reports[name].requests); ok {
			m.requests, m.seconds = n, n/rate
		}
	}
	if name == "hey" {
		m.latency = heyLatency(number)
	}
	if name == "wrk" {
		m.latency = wrkLatency(out)
	}
	return nil
}

func heyLatency(number func(string) (float64, bool)) quantiles {
	ms := func(pattern string) float64 {
		v, _ := number(pattern)
		return v * 1000
	}
	// v0.1.5 prints "50%% in".
	return quantiles{ms(`Average:\s+([\d.]+)`), ms(`50%+ in ([\d.]+)`), ms(`90%+ in ([\d.]+)`), ms(`99%+ in ([\d.]+)`), 0,
		ms(`Slowest:\s+([\d.]+)`)}
}

func wrkLatency(out []byte) quantiles {
	at := func(pattern string) float64 {
		found := regexp.MustCompile(pattern).FindSubmatch(out)
		if found == nil {
			return 0
		}
		d, err := time.ParseDuration(string(found[1]))
		if err != nil {
			return 0
		}
		return float64(d) / 1e6
	}
	return quantiles{at(`Latency\s+([\d.]+\w+)`), at(`50%\s+([\d.]+\w+)`), at(`90%\s+([\d.]+\w+)`), at(`99%\s+([\d.]+\w+)`), 0,
		at(`Latency\s+\S+\s+\S+\s+([\d.]+\w+)`)}
}

// readVegeta has vegeta itself make a report of its results.
func (b *bench) readVegeta(ctx context.Context, path string, results []byte, m *measurement) error {
	cmd := exec.CommandContext(ctx, path, "report", "-type=json")
	cmd.Stdin = bytes.NewReader(results)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("vegeta report: %w", err)
	}
	var r struct {
		Latencies map[string]float64 `json:"latencies"`
		Requests  float64            `json:"requests"`
		Duration  float64            `json:"duration"`
		Wait      float64            `json:"wait"`
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return fmt.Errorf("vegeta report: %w", err)
	}
	l := r.Latencies
	m.requests, m.seconds = r.Requests, (r.Duration+r.Wait)/1e9
	m.latency = quantiles{l["mean"] / 1e6, l["50th"] / 1e6, l["90th"] / 1e6, l["99th"] / 1e6, 0, l["max"] / 1e6}
	return nil
}

// serverPoll keeps the server from sleeping between requests, so that the client is the bottleneck.
const serverPoll = time.Millisecond
