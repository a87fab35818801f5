package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"netlab/results"
	"netlab/results/render"
)

func reportCommand() *cobra.Command {
	var format, output string
	var recompute bool
	cmd := &cobra.Command{
		Use:   "report BUNDLE",
		Short: "Print the report of a run again, in the form that is asked for",
		Long:  "Computes the report from the bundle's raw samples and events and prints it:\n" + formatsHelp(),
		Args:  exactly(1, "bundle"),
		RunE: func(_ *cobra.Command, args []string) error {
			chosen, err := render.Named(format)
			if err != nil {
				return exit{exitUsage, err}
			}
			if recompute {
				if err := recomputeBundle(args[0]); err != nil {
					return err
				}
			}
			return printReport(args[0], chosen, output)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", render.Names()[0], strings.Join(render.Names(), ", "))
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write instead of standard output")
	cmd.Flags().BoolVar(&recompute, "recompute", false, "store everything derived in the bundle again; it gives the same bytes")
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formatCompletions(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// recomputeBundle derives everything anew and says whether that changed anything.
func recomputeBundle(dir string) error {
	bundle, err := results.Open(dir)
	if err != nil {
		return exit{exitUsage, err}
	}
	defer bundle.Close()
	before := bundle.Manifest.Files
	if _, err = render.Write(bundle); err != nil {
		return exit{exitFailed, err}
	}
	if uid, gid, ok := sudoer(); ok {
		if err := bundle.HandOver(uid, gid); err != nil {
			return exit{exitFailed, err}
		}
	}
	after := bundle.Manifest.Files
	if !bundle.Manifest.Complete {
		return say(os.Stderr, "recomputed from what the run left: it did not come to its end\n")
	}
	changed := results.Changed(before, after)
	if len(changed) == 0 {
		return say(os.Stderr, "recomputed: every file has the same bytes as before\n")
	}
	return say(os.Stderr, "recomputed: changed %s\n", strings.Join(changed, ", "))
}

// formatsHelp are the formats, one a line.
func formatsHelp() string {
	var b strings.Builder
	for _, f := range render.Formats() {
		fmt.Fprintf(&b, "\n  %-12s %s", f.Name, f.Help)
	}
	return b.String()
}

func formatCompletions() []cobra.Completion {
	var all []cobra.Completion
	for _, f := range render.Formats() {
		all = append(all, cobra.CompletionWithDesc(f.Name, f.Help))
	}
	return all
}

func printReport(dir string, format render.Format, output string) error {
	bundle, err := results.Open(dir)
	if err != nil {
		return exit{exitUsage, err}
	}
	defer bundle.Close()
	out := os.Stdout
	if output != "" {
		if err := notInside(dir, output); err != nil {
			return exit{exitUsage, err}
		}
		if out, err = os.Create(output); err != nil {
			return exit{exitUsage, err}
		}
		defer out.Close()
	}
	report, err := render.NewReport(bundle)
	if err != nil {
		return exit{exitFailed, err}
	}
	report.Width, report.Colour = terminalWidth(out), term.IsTerminal(int(out.Fd()))
	if err := format.Write(out, report); err != nil {
		return exit{exitFailed, err}
	}
	return nil
}

// notInside refuses to write into a bundle: its files have hashes, and its reports are derived by --recompute.
func notInside(bundle, output string) error {
	inner, err := os.Stat(bundle)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(output)
	if err != nil {
		return err
	}
	switch real, err := filepath.EvalSymlinks(dir); {
	case err == nil:
		dir = real
	case isLink(dir):
		return fmt.Errorf("%s is a link that leads nowhere: write to another file", output)
	default: // it is to be made
		if real, err := filepath.EvalSymlinks(filepath.Dir(dir)); err == nil {
			dir = filepath.Join(real, filepath.Base(dir))
		}
	}
	for dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		if info, err := os.Stat(dir); err == nil && os.SameFile(info, inner) {
			return fmt.Errorf("%s is inside the bundle, whose files have hashes: write elsewhere, "+
				"or derive its own reports again with --recompute", output)
		}
	}
	return nil
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}
