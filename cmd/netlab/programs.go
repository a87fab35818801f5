package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"netlab/netlab/workload"
	"netlab/scenarios"
	"netlab/sim"
)

// A plannedProgram is a program with who it will be outside of its host.
type plannedProgram struct {
	sim.Program
	User string `json:"user"`
}

func plannedPrograms(s *scenarios.Scenario) []plannedProgram {
	var out []plannedProgram
	for _, p := range sim.Programs(s) {
		uid := workload.Invoker().UID
		if p.Root {
			uid = 0
		}
		out = append(out, plannedProgram{p, userName(uid)})
	}
	return out
}

// userName is the name that this machine has for a user, or the number.
func userName(uid int) string {
	if known, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return known.Username
	}
	return "user " + strconv.Itoa(uid)
}

// printPrograms says what will be run, and as whom, one a line.
func printPrograms(w io.Writer, programs []plannedProgram) error {
	for _, p := range programs {
		words := make([]string, len(p.Command))
		for i, word := range p.Command {
			if words[i] = word; word == "" || strings.ContainsAny(word, "'\"\\$`;&|<>()*?#~") || strings.ContainsFunc(word, unicode.IsSpace) {
				words[i] = strconv.Quote(word)
			}
		}
		_, err := fmt.Fprintf(w, "program of %s, service %s, as %s: %s\n", p.Instance, p.Service, p.User, strings.Join(words, " "))
		if err != nil {
			return err
		}
	}
	return nil
}

// allowRootExecFlag is what a file's `user: root` needs beside it: a file alone makes nothing run as root.
func allowRootExecFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("allow-root-exec", false, "let programs run as root for which the file says user: root")
}

// announce prints the programs of a scenario before anything of it is made, and refuses those that may not run.
func announce(s *scenarios.Scenario, rootAllowed bool) error {
	programs := plannedPrograms(s)
	if err := printPrograms(stream(os.Stderr), programs); err != nil {
		return exit{exitFailed, err}
	}
	for _, p := range programs {
		switch {
		case !p.Root:
		case !rootAllowed:
			return exit{exitUsage, fmt.Errorf(
				"service %s wants to run as root on this machine's files: if you trust the file, --allow-root-exec lets it", p.Service)}
		case os.Geteuid() != 0:
			return exit{exitUsage, errors.New("--allow-root-exec: only root can run programs as root")}
		}
	}
	return nil
}
