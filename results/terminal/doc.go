// Package terminal lays text out for a terminal: colours, columns, lines that fit. It knows nothing
// of runs.
package terminal
