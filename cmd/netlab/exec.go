package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"netlab/netlab/console"
)

func execCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "exec LAB HOST -- COMMAND",
		Short: "Run a program on a host of a lab that is up",
		Long: `Run a program on a host of a lab that is up, as root of that host.

It sees the host's network and processes only. It does see this machine's files and the sockets among them, as the user
who asked for the lab: under sudo the one who called it.`,
		Example: "  netlab exec frankfurt ecs1 -- curl http://192.168.24.2/",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 3 {
				return fmt.Errorf("exec takes a lab, a host and a command (%s)", cmd.UseLine())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return execute(args[0], args[1], args[2:]) },
	}
}

func execute(lab, host string, command []string) error {
	dir, err := os.Getwd()
	if err != nil {
		return exit{exitFailed, err}
	}
	e := console.Exec{Host: host, Dir: console.Bytes(dir)}
	for _, word := range command {
		e.Command = append(e.Command, console.Bytes(word))
	}
	code, err := console.Run(lab, e, os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		return labError(err)
	}
	if code != 0 {
		return exit{code: code}
	}
	return nil
}

func downCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "down LAB",
		Short: "Take a lab down",
		Args:  exactly(1, "lab"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := console.Down(args[0]); err != nil {
				return labError(err)
			}
			return nil
		},
	}
}

func labError(err error) error {
	if errors.Is(err, console.ErrNoLab) {
		return exit{exitUsage, fmt.Errorf("%w (netlab ps lists those that are)", err)}
	}
	return exit{exitFailed, err}
}

func psCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ps",
		Short: "List the labs that are up",
		Args:  none,
		RunE:  func(*cobra.Command, []string) error { return list(asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document on standard output")
	return cmd
}

func list(asJSON bool) error {
	names, err := console.Names()
	if err != nil {
		return exit{exitFailed, err}
	}
	labs := []console.Info{}
	var silent []error // one lab that does not answer hides no other
	for _, name := range names {
		info, err := console.Describe(name)
		switch {
		case errors.Is(err, console.ErrNoLab): // it went down meanwhile
		case err != nil:
			silent = append(silent, err)
		default:
			labs = append(labs, info)
		}
	}
	if asJSON {
		err = json.NewEncoder(stream(os.Stdout)).Encode(struct {
			Labs []console.Info `json:"labs"`
		}{labs})
	} else if len(labs) == 0 && silent == nil {
		err = say(os.Stderr, "no lab is up (netlab up FILE makes one)\n")
	} else {
		out := tabwriter.NewWriter(stream(os.Stdout), 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, "LAB\tSCENARIO\tUP SINCE\tHOSTS")
		for _, l := range labs {
			since := l.Since.Local().Format(time.DateTime)
			if l.Building {
				since = "being built"
			}
			fmt.Fprintf(out, "%s\t%s\t%s\t%d\n", l.Name, l.File, since, len(l.Hosts))
		}
		err = out.Flush()
	}
	if err := errors.Join(append(silent, err)...); err != nil {
		return exit{exitFailed, err}
	}
	return nil
}
