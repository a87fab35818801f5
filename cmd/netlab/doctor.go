package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"netlab/netlab/doctor"
)

func doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Probe everything that netlab needs of this machine",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return examine(asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document on standard output")
	return cmd
}

func examine(asJSON bool) error {
	findings, err := doctor.Examine()
	if err != nil {
		return exit{exitFailed, err}
	}
	if asJSON {
		err = json.NewEncoder(os.Stdout).Encode(struct {
			Findings []doctor.Finding `json:"findings"`
		}{findings})
	} else {
		err = printFindings(os.Stdout, findings)
	}
	if err != nil {
		return exit{exitFailed, err}
	}
	if err := doctor.Missing(findings); err != nil {
		return exit{exitLacking, fmt.Errorf("this machine lacks %w", err)}
	}
	return nil
}

func printFindings(w io.Writer, findings []doctor.Finding) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		fmt.Fprintf(out, "%s\t%s\tfor %s\n", f.Answer, f.Need, f.For)
		if f.Detail != "" {
			fmt.Fprintf(out, "\t%s\t\n", f.Detail)
		}
	}
	return out.Flush()
}
