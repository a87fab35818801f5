// Package results is the run bundle on disk: what one run recorded, before anything is computed
// from it. A Writer made by Create takes the event stream and the raw samples while the run goes;
// Open reads a bundle back. Everything derived (summary, series, histograms, page) is computed
// from these raw files alone, by results/figures.
//
// A run that is killed leaves a bundle that Open still reads, with all that was recorded: events are
// written one by one, and samples into a spool until the run ends. Bundles of earlier versions are
// read too. The package makes no judgement on figures.
package results
