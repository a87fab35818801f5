package main

import (
	"os"

	"github.com/spf13/cobra"

	"netlab/scenarios"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of scenario files, for editors",
		Args:  none,
		RunE: func(*cobra.Command, []string) error {
			_, err := stream(os.Stdout).Write(scenarios.Schema())
			return err
		},
	}
}
