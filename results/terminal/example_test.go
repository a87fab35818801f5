package terminal_test

import (
	"log"
	"os"

	"netlab/results/terminal"
)

func ExampleText() {
	text := terminal.NewText(0, false)
	text.Title(text.Bold("load web"), "500/s")
	table := terminal.Table{Indent: "  "}
	table.Add("before", "1,200", text.Good("100 %"))
	table.Add("during", "61", text.Bad("40 %"))
	text.Lines(table.Lines())
	if _, err := text.WriteTo(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// load web · 500/s
	//   before  1,200  100 %
	//   during     61   40 %
}
