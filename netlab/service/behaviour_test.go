package service

import (
	"bufio"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestDistributions(t *testing.T) {
	const n = 200_000
	for name, c := range map[string]struct {
		d            Distribution
		mean, median float64 // seconds
	}{
		"fixed":       {Fixed(time.Second), 1, 1},
		"exponential": {Exponential(time.Second), 1, math.Ln2},
		"log-normal":  {LogNormal{Median: time.Second, Sigma: 0.5}, math.Exp(0.125), 1},
		"trace":       {Trace{time.Second, 2 * time.Second, 6 * time.Second}, 3, 2},
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, 7))
			var sum float64
			below := 0
			for range n {
				x := c.d.Draw(rng).Seconds()
				sum += x
				if x <= c.median {
					below++
				}
			}
			if mean := sum / n; math.Abs(mean-c.mean) > 0.02*c.mean {
				t.Errorf("mean %v, want %v", mean, c.mean)
			}
			if name != "fixed" && name != "trace" && math.Abs(float64(below)/n-0.5) > 0.01 {
				t.Errorf("%d of %d below the median", below, n)
			}
		})
	}
}

func TestWorkersQueue(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		workers int
		want    []time.Duration // done at, for requests at 0, 0, 0 and 5 s
	}{
		"as many as come": {0, []time.Duration{s, s, s, 6 * s}},
		"one":             {1, []time.Duration{s, 2 * s, 3 * s, 6 * s}},
		"two":             {2, []time.Duration{s, s, 2 * s, 6 * s}},
	} {
		b := newBehaviour(Behaviour{ServiceTime: Fixed(s), Workers: c.workers})
		for i, at := range []time.Duration{0, 0, 0, 5 * s} {
			if got := b.done(at); got != c.want[i] {
				t.Errorf("%s: request %d done at %v, want %v", name, i, got, c.want[i])
			}
		}
	}
}

func TestStallSchedule(t *testing.T) {
	b := newBehaviour(Behaviour{Stall: Stall{Every: 5 * time.Second, For: time.Second}})
	for at, want := range map[time.Duration]time.Duration{
		0: 0, 3999 * time.Millisecond: 3999 * time.Millisecond, 4 * time.Second: 5 * time.Second,
		4999 * time.Millisecond: 5 * time.Second, 5 * time.Second: 5 * time.Second, 9500 * time.Millisecond: 10 * time.Second,
	} {
		if got := b.awakes(at); got != want {
			t.Errorf("at %v awake at %v, want %v", at, got, want)
		}
	}
}

// TestServiceTime: answers take their time, come in order on a connection, and what is pipelined
// behind a request waits for it.
func TestServiceTime(t *testing.T) {
	const each, n = 20 * time.Millisecond, 5
	s, ns := web(t, HTTPConfig{ResponseSize: 3, Behaviour: Behaviour{ServiceTime: Fixed(each)}})
	conn := dial(t, ns, s.Addr())
	begun := time.Now()
	if _, err := io.WriteString(conn,
		strings.Repeat("GET / HTTP/1.1\r\n\r\n", n-1)+"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	for i := range n {
		answer, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(answer.Body); string(body) != "net" || err != nil {
			t.Fatalf("%q, %v", body, err)
		}
		if took := time.Since(begun); took < time.Duration(i+1)*each {
			t.Fatalf("answer %d came after %v", i, took)
		}
	}
	if rest, err := io.ReadAll(r); len(rest) > 0 || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}

func TestStall(t *testing.T) {
	const lasts = 200 * time.Millisecond
	s, ns := web(t, HTTPConfig{Behaviour: Behaviour{Stall: Stall{Every: lasts, For: lasts - time.Nanosecond}}})
	conn := dial(t, ns, s.Addr())
	io.WriteString(conn, "GET / HTTP/1.1\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(s.begun); took < lasts {
		t.Errorf("answered %v after it began to stall for %v", took, lasts)
	}
	if err := s.Close(); err != nil { // even while it stalls
		t.Fatal(err)
	}
}

func TestFailures(t *testing.T) {
	t.Run("with a status", func(t *testing.T) {
		s, ns := web(t, HTTPConfig{Behaviour: Behaviour{Failure: Failure{Ratio: 0.3, Status: 503}, Seed: 1}})
		conn := dial(t, ns, s.Addr())
		io.WriteString(conn, strings.Repeat("GET / HTTP/1.1\r\n\r\n", 1000))
		r := bufio.NewReader(conn)
		failed := 0
		for range 1000 {
			answer, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			if answer.StatusCode == 503 {
				failed++
			}
		}
		if failed < 250 || failed > 350 {
			t.Errorf("%d of 1000 failed, want about 300", failed)
		}
	})
	t.Run("by reset", func(t *testing.T) {
		s, ns := web(t, HTTPConfig{Behaviour: Behaviour{ServiceTime: Fixed(time.Millisecond), Failure: Failure{Ratio: 1}}})
		conn := dial(t, ns, s.Addr())
		io.WriteString(conn, "GET / HTTP/1.1\r\n\r\n")
		if n, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%d bytes, %v, want reset", n, err)
		}
	})
}
