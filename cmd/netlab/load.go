package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"netlab/drill/loadtest"
	"netlab/loadgen"
	"netlab/scenarios/protocol"
)

// loadFlags are those of netlab load that are not plain values.
type loadFlags struct {
	rate, curve, replay, direction, pace, histograms, beside string
	sources                                                  []string
	asJSON, allowShortfall                                   bool
}

func loadCommand() *cobra.Command {
	o := loadtest.Options{NetNS: -1}
	var f loadFlags
	var in string
	cmd := &cobra.Command{
		Use:   "load TARGET",
		Short: "Drive load at one target and measure it truly",
		Long: `Drive load at one target and measure it truly: latency counts from when a request was due, and every
request due is accounted for. TARGET is one of

` + loadtest.Forms(),
		Example: `  netlab load http://localhost:8080/ --rate 10000/s --connections 64 --duration 30s
  netlab load localhost:8080 --connections 64                    # closed loop, as wrk and hey do`,
		Args: exactly(1, "target"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if in != "" {
				return loadIn(cmd, in, args)
			}
			o.Target = args[0]
			o.OwnTarget = o.OwnTarget || onLabHost()
			return load(o, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&in, "in", "", "send from a `HOST` of a lab that is up (LAB/HOST where there are several); see netlab up")
	flags.StringVar(&f.rate, "rate", "", "requests a second, such as 1000/s; without it every connection sends when it has its answer")
	flags.StringVar(&o.Arrivals, "arrivals", "", "poisson, constant or closed (default poisson, or closed without a rate)")
	flags.StringVar(&f.curve, "curve", "", "a rate that changes: 0s=100/s,10s=1000/s is a ramp, two points at one instant a step")
	flags.StringVar(&f.replay, "replay", "", "file of the instants to send at, in seconds, one a line")
	flags.Uint64Var(&o.Seed, "seed", 1, "of random arrivals")
	flags.IntVar(&o.Connections, "connections", 0,
		"connections to keep (default 10; of "+single()+" 1); for fresh ones how many may be open at a time (default as many as needed)")
	flags.BoolVar(&o.Fresh, "fresh", false, "open a new connection for each request")
	flags.IntVar(&o.Loops, "loops", 1, "threads that share the load")
	flags.DurationVar(&o.Duration, "duration", 10*time.Second, "how long to measure")
	flags.DurationVar(&o.WarmUp, "warm-up", 0, "how long to send before that")
	flags.DurationVar(&o.Timeout, "timeout", 10*time.Second, "how long to wait for a connection and then for an answer")
	flags.DurationVar(&o.Think, "think", 0, "closed loop: pause between an answer and the next request")
	flags.IntVar(&o.MaxWaiting, "max-waiting", 0, "requests that may wait for a connection; more are shed (0: any number)")
	flags.StringVar(&o.Method, "method", "GET", "HTTP method")
	flags.StringVar(&o.Host, "host", "", "HTTP Host header (default: the target's)")
	flags.IntVar(&o.Size, "size", 64, "bytes of an echo")
	flags.IntVar(&o.Streams, "streams", 1, "h2: requests at a time on a connection")
	flags.StringVar(&f.direction, "direction", "up", "of bulk transfer: up or down")
	flags.StringVar(&o.Congestion, "congestion", "", "congestion control of bulk transfer (default: the system's)")
	flags.StringSliceVar(&f.sources, "source", nil, "source addresses, taken in turn")
	flags.BoolVar(&o.Insecure, "insecure", false, "take any certificate")
	flags.StringVar(&o.Engine, "engine", "", protocol.List(protocol.Engines())+" (default: the first that speaks the target's protocol)")
	flags.StringVar(&f.beside, "beside", "", "engine to send the same load with afterwards, for comparison, such as hey")
	flags.StringVar(&f.pace, "pace", "balanced", "balanced, precise (polls, up to a whole core) or cheap (sleeps, some 50 µs late)")
	flags.BoolVar(&o.Kernel, "kernel", false, "measure between the kernel's own stamps, too")
	flags.StringVar(&f.histograms, "hlog", "", "file for the histograms of every second, as an HdrHistogram log")
	flags.BoolVar(&f.asJSON, "json", false, "print one JSON document on standard output")
	flags.BoolVar(&f.allowShortfall, "allow-shortfall", false, "exit 0 even when less than 99 % of the load could be sent")
	flags.BoolVar(&o.OwnTarget, "i-own-this-target", false, "send to an address that is neither loopback nor a lab's")
	return cmd
}

// single are the protocols of which netlab load keeps one connection when it is told no number.
func single() string {
	return strings.Join(protocol.Names(func(p protocol.Protocol) bool { return p.Connections == 1 }), " and ")
}

func load(o loadtest.Options, f loadFlags) error {
	if err := f.apply(&o); err != nil {
		return exit{exitUsage, err}
	}
	ctx, stop := untilInterrupted()
	defer stop()
	document, err := loadDocument(ctx, o, f)
	if err != nil {
		return loadExit(err)
	}
	if f.asJSON {
		text, err := document.JSON()
		if err == nil {
			_, err = stream(os.Stdout).Write(text)
		}
		if err != nil {
			return exit{exitFailed, err}
		}
	} else if err := document.Print(stream(os.Stdout)); err != nil {
		return exit{exitFailed, err}
	}
	switch result := document.Load; {
	case ctx.Err() != nil:
		return exit{exitInterrupted, errors.New("interrupted")}
	case !result.Valid && !f.allowShortfall:
		return exit{code: exitInvalid}
	case result.Answered == 0:
		return exit{exitFailed, errors.New("no request succeeded")}
	}
	return nil
}

// loadDocument runs the load, and again on the engine that is to stand beside it.
func loadDocument(ctx context.Context, o loadtest.Options, f loadFlags) (document loadtest.Document, err error) {
	if f.histograms != "" {
		file, failed := os.Create(f.histograms)
		if failed != nil {
			return document, fmt.Errorf("write histograms: %w", failed)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		o.Histograms = file
	}
	live := loadtest.NewLive(os.Stderr, term.IsTerminal(int(os.Stderr.Fd())))
	defer live.Close()
	if document.Load, err = loadtest.Run(ctx, o, live.Watch); err != nil || f.beside == "" || ctx.Err() != nil {
		return document, err
	}
	o.Engine, o.Histograms = f.beside, nil
	document.Beside, err = loadtest.Run(ctx, o, live.Watch)
	return document, err
}

func loadExit(err error) error {
	var usage loadtest.UsageError
	switch {
	case errors.As(err, &usage):
		return exit{exitUsage, err}
	case errors.Is(err, errors.ErrUnsupported):
		return exit{exitLacking, err}
	}
	return exit{exitFailed, err}
}

// apply reads the flags that have a form of their own.
func (f *loadFlags) apply(o *loadtest.Options) (err error) {
	if f.rate != "" {
		if o.Rate, err = loadtest.ParseRate(f.rate); err != nil {
			return err
		}
		if o.Rate == 0 {
			return fmt.Errorf("--rate %s sends nothing; leave it out for a closed loop", f.rate)
		}
	}
	if f.curve != "" {
		if o.Curve, err = loadtest.ParseCurve(f.curve); err != nil {
			return err
		}
	}
	if f.replay != "" {
		if o.Replay, err = loadtest.ReadReplay(f.replay); err != nil {
			return err
		}
	}
	for _, text := range f.sources {
		source, err := netip.ParseAddr(text)
		if err != nil {
			return fmt.Errorf("--source %s is no IP address", text)
		}
		o.Sources = append(o.Sources, source)
	}
	paces := map[string]loadgen.Pace{"balanced": loadgen.Balanced, "precise": loadgen.Precise, "cheap": loadgen.Cheap}
	pace, known := paces[f.pace]
	if !known {
		return fmt.Errorf("--pace %s is unknown; write balanced, precise or cheap", f.pace)
	}
	o.Pace = pace
	o.Direction = loadgen.Direction(f.direction)
	if o.Direction != loadgen.Up && o.Direction != loadgen.Down {
		return fmt.Errorf("--direction %s is unknown; write up or down", f.direction)
	}
	return nil
}
