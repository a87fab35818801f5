// Package brotli stands in for github.com/andybalholm/brotli. parquet-go links every codec that Parquet
// knows; netlab's samples are written with zstd, and Brotli alone is 0.9 MB of a binary that has a
// limit. Whatever would need it fails with ErrLeftOut.
package brotli

import (
	"errors"
	"io"
)

// ErrLeftOut is what everything here fails with.
var ErrLeftOut = errors.New("Brotli is left out of netlab: write the file with zstd")

// WriterOptions are those of the real package.
type WriterOptions struct{ Quality, LGWin int }

// A Reader fails.
type Reader struct{}

// NewReader returns one.
func NewReader(io.Reader) *Reader { return &Reader{} }

// Read fails.
func (*Reader) Read([]byte) (int, error) { return 0, ErrLeftOut }

// Reset takes any reader.
func (*Reader) Reset(io.Reader) error { return nil }

// A Writer fails.
type Writer struct{}

// NewWriterOptions returns one.
func NewWriterOptions(io.Writer, WriterOptions) *Writer { return &Writer{} }

// Write fails.
func (*Writer) Write([]byte) (int, error) { return 0, ErrLeftOut }

// Flush fails.
func (*Writer) Flush() error { return ErrLeftOut }

// Close fails.
func (*Writer) Close() error { return ErrLeftOut }

// Reset takes any writer.
func (*Writer) Reset(io.Writer) {}
