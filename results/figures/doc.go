// Package figures computes what a run came to from the raw samples and events of its bundle alone:
// Read lays the bundle on one time axis, Summarize counts. Nothing here is recorded by the run, so
// the figures of one bundle are the same whenever they are computed. The package lays out no text
// and writes no file.
package figures
