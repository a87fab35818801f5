// Package analysis is pure mathematics on numbers: quantiles and their exact intervals, success
// ratios, outages. It knows nothing of networks or files, reads no clock and opens nothing.
//
// A request that never got an answer is a number too: its latency is +Inf, a value censored on
// the right. It is never dropped, so a quantile is +Inf when too few requests were answered to
// know it.
package analysis
