package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"netlab/drill/process"
	"netlab/drill/world"
	"netlab/results"
	"netlab/results/figures"
	"netlab/results/live"
	"netlab/results/render"
)

func runCommand() *cobra.Command {
	var out string
	var asJSON bool
	var overrides *[]string
	var allowRoot *bool
	cmd := &cobra.Command{
		Use:               "run FILE",
		Short:             "Build the scenario's network, drive load, break it, heal it, measure, report",
		Args:              exactly(1, "scenario file"),
		ValidArgsFunction: scenarioFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			return run(args[0], *overrides, out, asJSON, *allowRoot)
		},
	}
	overrides, allowRoot = overrideFlags(cmd), allowRootExecFlag(cmd)
	cmd.Flags().Var(&override{overrides, "seed"}, "seed", "another seed: --set seed=`N`")
	cmd.Flags().Var(&override{overrides, "time_scale"}, "time-scale", "another time scale: --set time_scale=`F`")
	cmd.Flags().StringVar(&out, "out", "results", "folder that the run's bundle is made in")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document on standard output")
	return cmd
}

func run(file string, overrides []string, out string, asJSON, allowRoot bool) error {
	src, scenario, err := loadRunnable(file, overrides)
	if err != nil {
		return err
	}
	if err := announce(scenario, allowRoot); err != nil {
		return err
	}
	path, err := filepath.Abs(out)
	if err != nil {
		return exit{exitUsage, err}
	}
	folder, err := results.OpenFolder(path)
	if err != nil {
		return exit{exitUsage, err}
	}
	defer folder.Close()
	ctx, stop := untilInterrupted()
	defer stop()

	view := live.New(os.Stderr, scenario, terminalWidth(os.Stderr))
	name, runErr := process.Launch(ctx, process.Request{File: file, Source: src, Results: path, Tool: tool()}, folder, view.Event)
	view.Close()
	if name == "" {
		folder.Discard()
		return runExit(ctx, runErr)
	}
	summary, err := summarize(folder, name)
	if err := errors.Join(err, handOver(folder, name)); err != nil {
		return exit{exitFailed, errors.Join(runErr, kept(filepath.Join(path, name), err))}
	}
	if err := printSummary(summary, asJSON); err != nil {
		return exit{exitFailed, errors.Join(runErr, err)}
	}
	if runErr != nil || ctx.Err() != nil {
		return runExit(ctx, runErr)
	}
	return verdictExit(summary.Verdict)
}

// summarize derives the summary from a bundle in the folder and stores it there.
func summarize(folder *results.Folder, name string) (*figures.Summary, error) {
	bundle, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer bundle.Close()
	return render.Write(bundle)
}

// kept says that a report which could not be made is no loss.
func kept(bundle string, err error) error {
	return fmt.Errorf("%w\nwhat was measured is kept in %s; when that is mended: netlab report --recompute %s", err, bundle, bundle)
}

// untilInterrupted is the context of a run: ^C, an order to end or the loss of the terminal end it.
func untilInterrupted() (context.Context, context.CancelFunc) {
	// Progress that nobody reads any more, as with 2>&1 | head, ends no run: unless a program asks
	// for this signal, it dies of such a write.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup does
		ends = append(ends, syscall.SIGHUP)
	}
	return signal.NotifyContext(context.Background(), ends...)
}

func printSummary(s *figures.Summary, asJSON bool) error {
	if !asJSON {
		return render.Terminal(os.Stdout, s, terminalWidth(os.Stdout), term.IsTerminal(int(os.Stdout.Fd())))
	}
	document, err := s.JSON()
	if err != nil {
		return err
	}
	_, err = stream(os.Stdout).Write(document)
	return err
}

// runExit is the end of a run that did not come to its end.
func runExit(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return exit{exitInterrupted, errors.New("interrupted")}
	case errors.Is(err, world.ErrLacking):
		return exit{exitLacking, err}
	}
	return exit{exitFailed, err}
}

func verdictExit(verdict figures.Verdict) error {
	switch verdict {
	case figures.Pass:
		return nil
	case figures.Invalid:
		return exit{exitInvalid, fmt.Errorf("the measurement is not valid: see validity in the summary")}
	}
	return exit{code: exitFailed}
}

// terminalWidth is 0 where the file is no terminal.
func terminalWidth(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
