package report

import (
	"fmt"

	"netlab/results"
)

// Write derives everything from the bundle's raw data and stores it there: summary.json,
// series.csv, hist/*.hlog and report.html. Doing it again gives the same bytes.
func Write(b *results.Bundle) (*Summary, error) {
	summary, files, err := derive(b)
	if err != nil {
		return nil, err
	}
	for _, name := range sortedNames(files) {
		if err := b.Store(name, files[name]); err != nil {
			return nil, err
		}
	}
	return summary, b.Seal()
}

// derive computes the derived files by their names in the bundle.
func derive(b *results.Bundle) (*Summary, map[string][]byte, error) {
	r, err := readRun(b)
	if err != nil {
		return nil, nil, fmt.Errorf("summarize %s: %w", b.Dir, err)
	}
	summary := r.summarize()
	files, err := r.histogramLogs()
	if err != nil {
		return nil, nil, err
	}
	if files["summary.json"], err = summary.JSON(); err != nil {
		return nil, nil, err
	}
	if files["series.csv"], err = r.seriesCSV(); err != nil {
		return nil, nil, err
	}
	if files["report.html"], err = r.pageHTML(summary); err != nil {
		return nil, nil, err
	}
	return summary, files, nil
}
