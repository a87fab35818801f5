package render_test

import (
	"fmt"
	"log"
	"os"
	"strings"

	"netlab/results"
	"netlab/results/render"
)

func ExampleNewReport() {
	bundle, err := results.Open("../testdata/golden/refusal")
	if err != nil {
		log.Fatal(err)
	}
	report, err := render.NewReport(bundle)
	if err != nil {
		log.Fatal(err)
	}
	format, err := render.Named("markdown")
	if err != nil {
		log.Fatal(err)
	}
	var text strings.Builder
	if err := format.Write(&text, report); err != nil {
		log.Fatal(err)
	}
	head, _, _ := strings.Cut(text.String(), "\n")
	fmt.Fprintln(os.Stdout, head)
	// Output: ## ✅ netlab: two-accounts — pass
}
