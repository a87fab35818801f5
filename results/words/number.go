package words

import (
	"math"
	"strconv"

	"netlab/results/figures"
)

// Thousands groups the digits of a count.
func Thousands(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Bounds is what is known of an outage's length.
func Bounds(lower, upper figures.Millis) string {
	switch {
	case !upper.Known():
		return "not measured"
	case upper == 0:
		return "none"
	case math.IsInf(float64(upper), 1):
		return "at least " + lower.String() + ", not over at the end"
	case lower == 0: // a single probe was lost
		return "less than " + upper.String()
	}
	return lower.String() + " – " + upper.String()
}
