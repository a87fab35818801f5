package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"netlab/results"
	"netlab/results/compare"
	"netlab/results/figures"
)

// exitInconclusive tells a comparison that came to no end from one that found a difference.
const exitInconclusive = 5

func compareCommand() *cobra.Command {
	var asJSON bool
	bounds := compare.DefaultBounds
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "Say whether the runs in B are better or worse than those in A",
		Long: "A and B are bundles, or folders of bundles. One run of each shows nothing; several of each, made in\n" +
			"turns that change places (A B B A …), are compared run by run, never request by request. Runs that\n" +
			"did not take turns are never called better or worse.",
		Args: exactly(2, "bundle"),
		RunE: func(_ *cobra.Command, args []string) error {
			return compareFolders(args[0], args[1], bounds, asJSON)
		},
	}
	cmd.Flags().Float64Var(&bounds.Margin, "margin", bounds.Margin, "differences smaller than this part do not matter")
	cmd.Flags().Float64Var(&bounds.Confidence, "confidence", bounds.Confidence, "of the intervals and tests")
	cmd.Flags().StringSliceVar(&bounds.Gate, "gate", nil, "figures that decide, by their names in expectations")
	cmd.Flags().BoolVar(&bounds.Unlike, "unlike", false, "compare runs of scenarios that differ, too")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document on standard output")
	return cmd
}

func compareFolders(dirA, dirB string, bounds compare.Bounds, asJSON bool) error {
	a, err := summaries(dirA)
	if err != nil {
		return exit{exitUsage, err}
	}
	b, err := summaries(dirB)
	if err != nil {
		return exit{exitUsage, err}
	}
	comparison, err := compare.Runs(a, b, bounds)
	if err != nil {
		return exit{exitUsage, err}
	}
	if asJSON {
		document, err := comparison.JSON()
		if err != nil {
			return exit{exitFailed, err}
		}
		if _, err := stream(os.Stdout).Write(document); err != nil {
			return exit{exitFailed, err}
		}
	} else if err := comparison.Print(os.Stdout, terminalWidth(os.Stdout), term.IsTerminal(int(os.Stdout.Fd()))); err != nil {
		return exit{exitFailed, err}
	}
	switch comparison.Verdict {
	case compare.Worse:
		return exit{code: exitFailed}
	case compare.Inconclusive:
		return exit{code: exitInconclusive}
	}
	return nil
}

// summaries reads a bundle, or every bundle in a folder. One that can't be read counts as a run that
// can't be trusted: the comparison leaves it out, with its partner, and says so.
func summaries(dir string) ([]*figures.Summary, error) {
	run, err := summary(dir)
	if err == nil {
		return []*figures.Summary{run}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	manifests, err := fs.Glob(os.DirFS(dir), "*/manifest.json")
	if err != nil {
		return nil, err
	}
	if len(manifests) == 0 {
		return nil, fmt.Errorf("%s is no bundle and holds none", dir)
	}
	var out []*figures.Summary
	for _, manifest := range manifests {
		inner := filepath.Join(dir, filepath.Dir(manifest))
		run, err := summary(inner)
		if err != nil {
			run = unread(inner, err)
		}
		out = append(out, run)
	}
	return out, nil
}

func summary(dir string) (*figures.Summary, error) {
	bundle, err := results.Open(dir)
	if err != nil {
		return nil, err
	}
	defer bundle.Close()
	return figures.Summarize(bundle)
}

// unread stands for a bundle that can't be read, at the time that its folder's name tells.
func unread(dir string, why error) *figures.Summary {
	stamp, _, _ := strings.Cut(filepath.Base(dir), "-")
	started, err := time.Parse("20060102T150405Z", stamp)
	if err != nil {
		started = time.Time{}
	}
	return &figures.Summary{Dir: dir, Started: started, Validity: figures.Validity{Problems: []string{"it can't be read: " + why.Error()}}}
}
