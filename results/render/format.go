package report

import (
	"fmt"
	"slices"
	"strings"

	"netlab/results"
)

// Formats are the names that Export knows.
var Formats = []string{"html", "json", "markdown", "junit", "openmetrics", "csv"}

// Export computes one form of the report from the bundle's raw data.
func Export(b *results.Bundle, format string) ([]byte, error) {
	if !slices.Contains(Formats, format) {
		return nil, fmt.Errorf("export report: no format %q: one of %s", format, strings.Join(Formats, ", "))
	}
	r, err := readRun(b)
	if err != nil {
		return nil, fmt.Errorf("export report of %s: %w", b.Dir, err)
	}
	s := r.summarize()
	switch format {
	case "html":
		return r.pageHTML(s)
	case "json":
		return s.JSON()
	case "markdown":
		return Markdown(s), nil
	case "junit":
		return JUnit(s)
	case "openmetrics":
		return OpenMetrics(s), nil
	}
	return r.seriesCSV()
}
