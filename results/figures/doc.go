// Package report turns a run bundle into what people and programs read: Summarize computes the
// summary from the raw samples and events alone, Terminal and the other writers print it, and
// Live shows a run while it lasts.
//
// Nothing here is recorded by the run itself, so a report can be made again from the bundle and
// comes out byte for byte the same.
package report
