package main

import (
	"encoding/json"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"netlab/sim/topology"
)

func planCommand() *cobra.Command {
	var asJSON bool
	var graph string
	var overrides *[]string
	cmd := &cobra.Command{
		Use:               "plan FILE",
		Short:             "Print what a run would create: programs and as whom, namespaces, links, addresses, routes, forwarding",
		Args:              exactly(1, "scenario file"),
		ValidArgsFunction: scenarioFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			_, s, c, err := loadScenario(args[0], *overrides)
			if err != nil {
				return err
			}
			t := topology.Compile(c, s.Links)
			switch {
			case graph != "" && asJSON:
				return errors.New("--graph and --json exclude each other")
			case graph != "":
				picture, err := topology.Graph(t, graph)
				if err != nil {
					return exit{exitUsage, err}
				}
				_, err = stream(os.Stdout).Write(picture)
				return err
			case asJSON:
				return json.NewEncoder(stream(os.Stdout)).Encode(struct {
					*topology.Topology
					Programs []plannedProgram `json:"programs,omitempty"`
				}{t, plannedPrograms(s)})
			}
			if err := printPrograms(stream(os.Stdout), plannedPrograms(s)); err != nil {
				return err
			}
			return topology.Print(stream(os.Stdout), t)
		},
	}
	overrides = overrideFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document on standard output")
	cmd.Flags().StringVar(&graph, "graph", "", "draw it instead: dot, mermaid or svg")
	cmd.RegisterFlagCompletionFunc("graph", cobra.FixedCompletions([]string{"dot", "mermaid", "svg"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}
