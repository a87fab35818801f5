package main

import (
	"encoding/json"
	"os"

	"github.com/spf13/cobra"

	"netlab/sim/topology"
)

func planCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "plan FILE",
		Short: "Print what a run would create: namespaces, links, addresses, routes, forwarding",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			_, s, c, err := loadScenario(args[0])
			if err != nil {
				return err
			}
			t := topology.Compile(c, s.Links)
			if asJSON {
				return json.NewEncoder(os.Stdout).Encode(t)
			}
			return topology.Print(os.Stdout, t)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document on standard output")
	return cmd
}
