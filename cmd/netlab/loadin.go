package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"netlab/netlab/console"
	"netlab/netlab/kernel"
)

// onLabHost says whether this program runs on a host of a lab, where every address is the lab's. The
// environment has no say in it: anybody can set a variable.
func onLabHost() bool {
	on, err := kernel.OnHost()
	return err == nil && on
}

// loadIn runs the verb again, with the same flags, on a host of a lab that is up: HOST, or
// LAB/HOST where several are.
func loadIn(cmd *cobra.Command, where string, args []string) error {
	lab, host, err := labHost(where)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return exit{exitFailed, err}
	}
	command := append([]string{self, cmd.Name()}, args...)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name == "in" {
			return
		}
		value := f.Value.String()
		if list, ok := f.Value.(pflag.SliceValue); ok {
			value = strings.Join(list.GetSlice(), ",")
		}
		command = append(command, "--"+f.Name+"="+value)
	})
	return execute(lab, host, command)
}

func labHost(where string) (lab, host string, err error) {
	names, err := console.Names()
	if err != nil {
		return "", "", exit{exitFailed, err}
	}
	lab, host, named := strings.Cut(where, "/")
	switch {
	case named && slices.Contains(names, lab):
		return lab, host, nil
	case named:
		return "", "", labError(fmt.Errorf("%s: %w", lab, console.ErrNoLab))
	case len(names) == 0:
		return "", "", exit{exitUsage, fmt.Errorf("--in %s: no lab is up (netlab up FILE makes one)", where)}
	case len(names) > 1:
		return "", "", exit{exitUsage,
			fmt.Errorf("--in %s: several labs are up, write LAB/HOST with one of %s", where, strings.Join(names, ", "))}
	}
	return names[0], where, nil
}
