// Command bench measures netlab's load generator side by side with its peers.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"netlab/loadgen"
	"netlab/netlab/service"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type result struct {
	Requests uint64
	Seconds  float64
	CPU      float64
}

func run() error {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		_, err := service.HTTP(-1, service.HTTPConfig{Address: netip.MustParseAddrPort("10.77.0.2:80"), Instance: "bench", ResponseSize: 128})
		if err != nil {
			return err
		}
		fmt.Println("ready")
		select {}
	}
	if len(os.Args) > 1 && os.Args[1] == "client" {
		var p loadgen.Plan
		if err := json.Unmarshal([]byte(os.Args[2]), &p); err != nil {
			return err
		}
		p.Start = loadgen.Now()
		var c counter
		e := loadgen.NewEpoll()
		if os.Getenv("RING") != "" {
			e = loadgen.NewIOUring()
		}
		a, err := e.Run(context.Background(), p, &c)
		if err != nil {
			return err
		}
		if a.Answered != a.Offered {
			fmt.Fprintln(os.Stderr, a)
		}
		return json.NewEncoder(os.Stdout).Encode(result{Requests: a.Answered, Seconds: p.Duration.Seconds()})
	}
	conns := flag.Int("c", 64, "")
	secs := flag.Int("d", 2, "")
	rounds := flag.Int("n", 5, "")
	fresh := flag.Bool("fresh", false, "")
	pace := flag.Int("pace", 0, "")
	flag.Parse()
	ctx := context.Background()
	l, err := newLab(ctx)
	if err != nil {
		return err
	}
	defer l.close()
	srv := exec.Command("/proc/self/exe", "serve")
	out, _ := srv.StdoutPipe()
	srv.Stderr = os.Stderr
	sp, err := start(l.server, 1, srv)
	if err != nil {
		return err
	}
	out.Read(make([]byte, 6))
	for range *rounds {
		plan, _ := json.Marshal(loadgen.Plan{Name: "b", NetNS: -1, Protocol: loadgen.HTTP, Target: netip.MustParseAddrPort("10.77.0.2:80"),
			Connections: *conns, FreshConnections: *fresh, Duration: time.Duration(*secs) * time.Second, Timeout: 5 * time.Second, Pace: loadgen.Pace(*pace)})
		cmd := exec.Command("/proc/self/exe", "client", string(plan))
		if w := os.Getenv("WRAP"); w != "" {
			exe, _ := os.Executable()
			cmd = exec.Command("sh", "-c", w+" "+exe+" client '"+string(plan)+"'")
		}
		var b bytes.Buffer
		cmd.Stdout, cmd.Stderr = &b, os.Stderr
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
		p, err := start(l.client, 0, cmd)
		if err != nil {
			return err
		}
		if err := p.wait(); err != nil {
			return err
		}
		var r result
		json.Unmarshal(b.Bytes(), &r)
		r.CPU = p.cpu().Seconds()
		show("netlab", r)

		args := []string{"-t1", "-c", fmt.Sprint(*conns), "-d", fmt.Sprintf("%ds", *secs)}
		if *fresh {
			args = append(args, "-H", "Connection: close")
		}
		cmd = exec.Command("wrk", append(args, "http://10.77.0.2/")...)
		b.Reset()
		cmd.Stdout = &b
		if p, err = start(l.client, 0, cmd); err != nil {
			return err
		}
		p.wait()
		m := regexp.MustCompile(`(\d+) requests in ([\d.]+)s`).FindSubmatch(b.Bytes())
		r.Requests, _ = strconv.ParseUint(string(m[1]), 10, 64)
		r.Seconds, _ = strconv.ParseFloat(string(m[2]), 64)
		r.CPU = p.cpu().Seconds()
		show("wrk", r)
	}
	srv.Process.Kill()
	sp.wait()
	fmt.Println("server cpu", sp.cpu())
	return nil
}

func show(name string, r result) {
	fmt.Printf("%8s %8.0f rps %6.3f s/100k\n", name, float64(r.Requests)/r.Seconds, r.CPU/float64(r.Requests)*1e5)
}

type counter struct{ n uint64 }

func (c *counter) Record(s *loadgen.Sample) { c.n++ }
