package figures

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

func seconds(ns int64) float64 { return Round(float64(ns)/1e9, 6) }

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
	return strconv.AppendFloat(nil, Round(v, digits), 'f', -1, 64), nil
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

// Round keeps so many digits behind the point.
func Round(v float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(v*scale) / scale
}

// String is the time with three or four significant digits in a fitting unit.
func (m Millis) String() string {
	v := float64(m)
	switch {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 1):
		return "∞"
	case v == 0:
		return "0"
	case v < 1:
		return strconv.FormatFloat(v*1e3, 'f', 0, 64) + " µs"
	case v < 10:
		return strconv.FormatFloat(v, 'f', 2, 64) + " ms"
	case v < 100:
		return strconv.FormatFloat(v, 'f', 1, 64) + " ms"
	case v < 1000:
		return strconv.FormatFloat(v, 'f', 0, 64) + " ms"
	case v < 100_000:
		return strconv.FormatFloat(v/1e3, 'f', 3, 64) + " s"
	}
	return strconv.FormatFloat(v/1e3, 'f', 1, 64) + " s"
}

// String is a percentage that never rounds to 100 % or 0 % what is not.
func (s Share) String() string {
	if math.IsNaN(float64(s)) {
		return "–"
	}
	return Percent(float64(s))
}

// Percent never rounds up to 100 %: one lost request of a million is still one lost.
func Percent(v float64) string {
	for digits := 2; ; digits++ {
		text := strconv.FormatFloat(Round(100*v, digits), 'f', -1, 64)
		if digits >= 6 || (text == "100") == (v == 1) && (text == "0") == (v == 0) {
			return text + " %"
		}
	}
}
