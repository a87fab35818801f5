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
			schema, err := scenarios.Schema()
			if err != nil {
				return exit{exitFailed, err}
			}
			_, err = os.Stdout.Write(schema)
			return err
		},
	}
}
