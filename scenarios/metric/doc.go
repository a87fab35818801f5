// Package metric says which figures a run has: name, unit, which way is better, key in summary.json,
// meaning. It is the only place that says so. Expectations, the summary, comparisons, OpenMetrics,
// the series' columns and the documents take their figures from these tables; results/figures holds
// how each is computed, and its tests fail where one side lacks the other.
//
// The tables stand this low in the house because a scenario's expectations are checked before
// anything runs. How a figure is computed from samples can't stand beside its row: the samples are
// the load generator's, which is further up.
package metric
