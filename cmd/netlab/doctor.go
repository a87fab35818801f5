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
)

func doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Probe everything that netlab needs of this machine",
		Args:  none,
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
