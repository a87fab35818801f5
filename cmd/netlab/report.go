package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"netlab/results"
	"netlab/results/report"
)

func reportCommand() *cobra.Command {
	var format, output string
	var recompute bool
	cmd := &cobra.Command{
		Use:   "report BUNDLE",
		Short: "Print the report of a run again, in the form that is asked for",
		Long: "Computes the report from the bundle's raw samples and events and prints it:\nfor people (terminal, the default), or as " +
			strings.Join(report.Formats, ", ") + ".",
		Args: exactly(1, "bundle"),
		RunE: func(_ *cobra.Command, args []string) error {
			if format != "terminal" && !slices.Contains(report.Formats, format) {
				return exit{exitUsage, fmt.Errorf("no format %q: one of terminal, %s", format, strings.Join(report.Formats, ", "))}
			}
			if recompute {
				if err := recomputeBundle(args[0]); err != nil {
					return err
				}
			}
			return printReport(args[0], format, output)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "terminal", "terminal, "+strings.Join(report.Formats, ", "))
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write instead of standard output")
	cmd.Flags().BoolVar(&recompute, "recompute", false, "store everything derived in the bundle again; it gives the same bytes")
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(append([]string{"terminal"}, report.Formats...), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// recomputeBundle derives everything anew and says whether that changed anything.
func recomputeBundle(dir string) error {
	before, err := results.Open(dir)
	if err != nil {
		return exit{exitUsage, err}
	}
	_, err = summarize(dir)
	if err := errors.Join(err, handOver(dir)); err != nil {
		return exit{exitFailed, err}
	}
	after, err := results.Open(dir)
	if err != nil {
		return exit{exitFailed, err}
	}
	changed := results.Changed(before.Manifest.Files, after.Manifest.Files)
	if len(changed) == 0 {
		fmt.Fprintln(os.Stderr, "recomputed: every file has the same bytes as before")
		return nil
	}
	fmt.Fprintln(os.Stderr, "recomputed: changed "+strings.Join(changed, ", "))
	return nil
}

func printReport(dir, format, output string) error {
	bundle, err := results.Open(dir)
	if err != nil {
		return exit{exitUsage, err}
	}
	out := os.Stdout
	if output != "" {
		if out, err = os.Create(output); err != nil {
			return exit{exitUsage, err}
		}
		defer out.Close()
	}
	if format == "terminal" {
		summary, err := report.Summarize(bundle)
		if err != nil {
			return exit{exitFailed, err}
		}
		return report.Terminal(out, summary, terminalWidth(out), term.IsTerminal(int(out.Fd())))
	}
	text, err := report.Export(bundle, format)
	if err != nil {
		return exit{exitFailed, err}
	}
	if _, err := out.Write(text); err != nil {
		return exit{exitFailed, err}
	}
	return nil
}
