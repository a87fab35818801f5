package main

import (
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"netlab/results"
)

// version is set by the Makefile.
var version = "dev"

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print netlab's version",
		Args:  none,
		RunE: func(*cobra.Command, []string) error {
			t := tool()
			return say(os.Stdout, "netlab %s (%s)\n", t.Version, t.Go)
		},
	}
}

// tool is this program as a bundle's manifest names it.
func tool() results.Tool {
	t := results.Tool{Name: "netlab", Version: version, Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				t.Commit = s.Value
			}
		}
	}
	return t
}
