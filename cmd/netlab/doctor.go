package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"netlab/drill/doctor"
	"netlab/sim/topology"
)

func doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor [FILE]",
		Short: "Probe everything that netlab, or a scenario, needs of this machine",
		Long: `Probe everything that netlab needs of this machine. Descriptors, namespaces, threads and memory are those that the scenario
takes, or without a FILE a small one. Where they do not suffice nothing else is tried.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: scenarioFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			budget := doctor.Usual()
			if len(args) > 0 {
				_, s, c, err := loadScenario(args[0], nil)
				if err != nil {
					return err
				}
				budget = doctor.BudgetOf(s, topology.Compile(c, s.Links))
			}
			return examine(budget, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document on standard output")
	return cmd
}

func examine(budget doctor.Budget, asJSON bool) error {
	findings, err := doctor.Examine(budget)
	if err != nil {
		return exit{exitFailed, err}
	}
	if asJSON {
		err = json.NewEncoder(stream(os.Stdout)).Encode(struct {
			Findings []doctor.Finding `json:"findings"`
		}{findings})
	} else {
		err = printFindings(stream(os.Stdout), findings)
	}
	if err != nil {
		return exit{exitFailed, err}
	}
	var lacking []string
	for _, f := range findings {
		if f.Answer == doctor.No {
			lacking = append(lacking, f.Need)
		}
	}
	if len(lacking) > 0 {
		return exit{exitLacking, fmt.Errorf("this machine lacks %s", strings.Join(lacking, ", "))}
	}
	return nil
}

// printFindings prints a table; what is wrong and what to do about it stands below a need, and
// may be long.
func printFindings(w io.Writer, findings []doctor.Finding) error {
	width := 0
	for _, f := range findings {
		width = max(width, len(f.Need))
	}
	var out bytes.Buffer
	for _, f := range findings {
		fmt.Fprintf(&out, "%-8s  %-*s  for %s\n", f.Answer, width, f.Need, f.For)
		for _, more := range []string{f.Detail, f.Fix} {
			if more != "" {
				fmt.Fprintf(&out, "%8s  %s\n", "", more)
			}
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}
