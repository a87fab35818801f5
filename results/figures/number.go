package report

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Millis is a time in milliseconds, kept to the microsecond so that every platform prints the
// same digits. NaN is a time that was not measured, null in JSON; +Inf is one that never came,
// "Infinity" in JSON as protobuf writes it. Both are no numbers there on purpose: null or a large
// number would pass for small in somebody's comparison.
type Millis float64

// Share is a part of a whole, from 0 to 1, with the same conventions, kept to six digits.
type Share float64

// unknown is a time that was not measured.
var unknown = Millis(math.NaN())

func millis(ns float64) Millis { return Millis(ns / 1e6) }

func between(from, to int64) Millis { return millis(float64(to - from)) }

func seconds(ns int64) float64 { return round(float64(ns)/1e9, 6) }

// Duration is the time, exact to the nanosecond; only for finite times.
func (m Millis) Duration() time.Duration { return time.Duration(math.Round(float64(m) * 1e6)) }

// Known reports whether the time was measured.
func (m Millis) Known() bool { return !math.IsNaN(float64(m)) }

// MarshalJSON writes the time to the microsecond.
func (m Millis) MarshalJSON() ([]byte, error) { return marshalNumber(float64(m), 3) }

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Millis) UnmarshalJSON(data []byte) error { return unmarshalNumber(data, (*float64)(m)) }

// MarshalJSON writes the share with six digits.
func (s Share) MarshalJSON() ([]byte, error) { return marshalNumber(float64(s), 6) }

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Share) UnmarshalJSON(data []byte) error { return unmarshalNumber(data, (*float64)(s)) }

func marshalNumber(v float64, digits int) ([]byte, error) {
	switch {
	case math.IsNaN(v):
		return []byte("null"), nil
	case math.IsInf(v, 0):
		return strconv.AppendQuote(nil, infinity(v)), nil
	}
	return strconv.AppendFloat(nil, round(v, digits), 'f', -1, 64), nil
}

func infinity(v float64) string {
	if v < 0 {
		return "-Infinity"
	}
	return "Infinity"
}

func unmarshalNumber(data []byte, v *float64) error {
	if bytes.Equal(data, []byte("null")) {
		*v = math.NaN()
		return nil
	}
	parsed, err := strconv.ParseFloat(string(bytes.Trim(data, `"`)), 64)
	if err != nil {
		return fmt.Errorf("read number %s: %w", data, err)
	}
	*v = parsed
	return nil
}

func round(v float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(v*scale) / scale
}
