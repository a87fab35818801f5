package report

import "netlab/results"

// Write derives everything from the bundle's raw data and stores it there. Doing it again gives
// the same bytes.
func Write(b *results.Bundle) (*Summary, error) {
	s, err := Summarize(b)
	if err != nil {
		return nil, err
	}
	document, err := s.JSON()
	if err != nil {
		return nil, err
	}
	if err := b.Store("summary.json", document); err != nil {
		return nil, err
	}
	return s, b.Seal()
}
