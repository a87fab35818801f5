package render

import (
	"bytes"
	"maps"
	"slices"

	"netlab/results"
	"netlab/results/figures"
)

// Write derives everything from the bundle's raw data and stores it there: the formats that have
// a file in it, and hist/*.hlog. Doing it again gives the same bytes.
func Write(b *results.Bundle) (*figures.Summary, error) {
	report, files, err := derive(b)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := b.Store(name, files[name]); err != nil {
			return nil, err
		}
	}
	return report.Summary, b.Seal()
}

// derive computes the derived files by their names in the bundle.
func derive(b *results.Bundle) (*Report, map[string][]byte, error) {
	report, err := NewReport(b)
	if err != nil {
		return nil, nil, err
	}
	files, err := histogramLogs(report.Run)
	if err != nil {
		return nil, nil, err
	}
	for _, format := range formats {
		if format.File == "" {
			continue
		}
		var out bytes.Buffer
		if err := format.Write(&out, report); err != nil {
			return nil, nil, err
		}
		files[format.File] = out.Bytes()
	}
	return report, files, nil
}
