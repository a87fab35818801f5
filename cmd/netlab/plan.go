package main

import (
	"encoding/json"
	"os"

	"github.com/spf13/cobra"

	"netlab/sim/topology"
)

func planCommand() *cobra.Command {
	var asJSON bool
	var graph string
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
			switch {
			case graph != "":
				picture, err := topology.Graph(t, graph)
				if err != nil {
					return exit{exitUsage, err}
				}
				_, err = os.Stdout.Write(picture)
				return err
			case asJSON:
				return json.NewEncoder(os.Stdout).Encode(t)
			}
			return topology.Print(os.Stdout, t)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document on standard output")
	cmd.Flags().StringVar(&graph, "graph", "", "draw it instead: dot, mermaid or svg")
	cmd.MarkFlagsMutuallyExclusive("json", "graph")
	return cmd
}
