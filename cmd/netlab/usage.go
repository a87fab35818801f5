package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"netlab/scenarios"
)

// strict makes every misuse one line that says what to write instead, and an error: cobra by
// itself answers some of them with a page of help and success.
func strict(root *cobra.Command) {
	root.Args = verb
	root.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w (%s --help lists all)", err, cmd.CommandPath())
	})
	root.SuggestionsMinimumDistance = 2 // cobra's own, which it sets too late

	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				_, unknown, err := root.Find(args)
				if err != nil {
					return err
				}
				return verb(root, unknown)
			}
		case "completion":
			cmd.Args = shell
			cmd.RunE = func(*cobra.Command, []string) error { return nil } // or Args is not asked
		}
	}
}

// verb refuses what is left when no verb of that name was found.
func verb(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	advice := root.CommandPath() + " --help lists all"
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		advice = "did you mean " + cmp.Or(scenarios.Closest(args[0], near), near[0]) + "?"
	}
	return fmt.Errorf("unknown command %s (%s)", args[0], advice)
}

// shell refuses anything, since the shells that can be completed for are commands.
func shell(completion *cobra.Command, args []string) error {
	var known []string
	for _, cmd := range completion.Commands() {
		known = append(known, cmd.Name())
	}
	asked := "no shell"
	if len(args) > 0 {
		asked = "no completion for " + args[0]
	}
	return fmt.Errorf("%s: choose one of %s", asked, strings.Join(known, ", "))
}

// exactly is the rule of a verb that takes n things.
func exactly(n int, thing string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return fmt.Errorf("%s takes %s, not %d (%s)", cmd.Name(), count(n, thing), len(args), cmd.UseLine())
	}
}

// none is the rule of a verb that takes nothing but flags.
func none(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes no argument, not %s (%s)", cmd.Name(), args[0], cmd.UseLine())
}

// scenarioFiles completes what exactly(1, "scenario file") takes.
func scenarioFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}
