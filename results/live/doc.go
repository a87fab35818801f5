// Package live shows a run while it lasts, from its events alone: as a picture that is painted
// over on a terminal, and as lines anywhere else. Nothing that it shows is kept.
package live
