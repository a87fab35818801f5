// Package compare says whether the runs of one side are better or worse than those of another. The
// run is the unit: it never pools the requests of several.
package compare
