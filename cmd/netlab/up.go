package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"github.com/spf13/cobra"

	"netlab/drill/process"
	"netlab/netlab/console"
	"netlab/results/live"
	"netlab/scenarios"
)

func upCommand() *cobra.Command {
	var name string
	var foreground bool
	var overrides *[]string
	var allowRoot *bool
	cmd := &cobra.Command{
		Use:   "up FILE",
		Short: "Build the scenario's network, replay its procedure and keep it up",
		Long: `Build the scenario's network, replay its procedure and keep it up in the background under a name.
netlab exec runs programs on its hosts, netlab down takes it down, netlab ps lists the labs that are up.
Load, probes and timeline of the scenario are left out.

Programs on hosts, the scenario's and those of netlab exec, see the lab's network only, and no process of this machine.
They do see its files and the sockets among them, as the user who asked for the lab: under sudo the one who called it.`,
		Args:              exactly(1, "scenario file"),
		ValidArgsFunction: scenarioFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			return up(args[0], *overrides, name, foreground, *allowRoot)
		},
	}
	overrides, allowRoot = overrideFlags(cmd), allowRootExecFlag(cmd)
	cmd.Flags().StringVar(&name, "name", "", "the lab's name (default: the scenario's)")
	cmd.Flags().BoolVar(&foreground, "foreground", false, "stay in the foreground, until ^C or netlab down")
	return cmd
}

func up(file string, overrides []string, name string, foreground, allowRoot bool) error {
	src, scenario, err := loadRunnable(file, overrides)
	if err != nil {
		return err
	}
	if name == "" {
		name = scenario.Name
	}
	if !console.ValidName(name) {
		return exit{exitUsage, fmt.Errorf("--name %s: a lab's name is a letter and up to 30 letters, digits and hyphens, all lower case", name)}
	}
	if !foreground {
		return detach(file, overrides, name, allowRoot)
	}
	if err := announce(scenario, allowRoot); err != nil {
		return err
	}
	return stay(file, src, scenario, name)
}

// stay keeps the lab until it is taken down. Where a parent waits for it (see detach), it is told
// and this process lets go of the terminal.
func stay(file string, src []byte, scenario *scenarios.Scenario, name string) error {
	ctx, stop := untilInterrupted()
	defer stop()
	view := live.New(os.Stderr, scenario, 0)
	defer view.Close()
	err := process.Stay(ctx, name, scenario.Name, process.Request{File: file, Source: src, Tool: tool()}, view.Event, func() {
		_ = say(os.Stderr, "%s is up: netlab exec %s HOST -- COMMAND, netlab down %s\n", name, name, name)
		if parent := waitingParent(); parent != nil {
			letGo()
			parent.Write([]byte{'\n'})
			parent.Close()
		}
	})
	if err != nil || ctx.Err() != nil {
		return runExit(ctx, err)
	}
	return nil
}

// parentFD is where a detached lab says that it is up.
const (
	parentFD       = 3
	parentVariable = "NETLAB_DETACHED"
)

// detach starts this program again, in a session of its own, and returns when the lab is up.
func detach(file string, overrides []string, name string, allowRoot bool) error {
	up, told, err := os.Pipe()
	if err != nil {
		return exit{exitFailed, err}
	}
	args := []string{"up", file, "--foreground", "--name", name, fmt.Sprintf("--allow-root-exec=%t", allowRoot)}
	for _, o := range overrides {
		args = append(args, "--set", o)
	}
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Stderr = os.Stderr
	cmd.ExtraFiles = []*os.File{told}
	cmd.Env = append(os.Environ(), parentVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return exit{exitFailed, fmt.Errorf("start %s: %w", name, err)}
	}
	told.Close()
	if line, _ := io.ReadAll(up); len(line) > 0 {
		return nil
	}
	// It ended before it was up, and has said why.
	err = cmd.Wait()
	var status *exec.ExitError
	switch {
	case err == nil: // as netlab down told it
		return exit{exitFailed, fmt.Errorf("%s was taken down before it was up", name)}
	case errors.As(err, &status) && status.ExitCode() >= 0:
		return exit{code: status.ExitCode()}
	}
	return exit{exitFailed, fmt.Errorf("%s ended before it was up: %w", name, err)}
}

// waitingParent is the pipe to the process that detached this one, or nil.
func waitingParent() *os.File {
	if os.Getenv(parentVariable) == "" {
		return nil
	}
	return os.NewFile(parentFD, "parent")
}

// letGo points the standard streams away from the terminal, which outlives this process's use of it.
func letGo() {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer null.Close()
	for fd := range 3 {
		_ = syscall.Dup2(int(null.Fd()), fd)
	}
}
