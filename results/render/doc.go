// Package render writes a run's figures in the forms that people and programs read. Each form is a
// Format in a file of its own; Write stores those that belong in every bundle. A report made again
// from the same bundle comes out byte for byte the same.
package render
