package impair

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Distribution is the shape of jitter, in units of Quality.Jitter around Quality.Delay.
type Distribution struct {
	quantile func(p float64) float64 // for p between 0 and 1, exclusive
}

var (
	// Normal has standard deviation 1.
	Normal = &Distribution{func(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }}
	// Uniform is between -1 and 1.
	Uniform = &Distribution{func(p float64) float64 { return 2*p - 1 }}
	// Pareto is netem's: of shape 3, shifted and cut off at 4 (iproute2, netem/pareto.c). That leaves
	// it a mean of -0.03 and a standard deviation of 0.82.
	Pareto = &Distribution{func(p float64) float64 { return min((math.Pow(1-p, -1.0/3)-1.5)*4/3, 4) }}
)

// ParseDistribution reads a table as iproute2 keeps them (…/tc/*.dist): equally likely values
// in any order, 8192 for 1.
func ParseDistribution(r io.Reader) (*Distribution, error) {
	const one = 8192
	var table []float64
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		for field := range strings.FieldsSeq(text) {
			v, err := strconv.ParseInt(field, 10, 16)
			if err != nil {
				return nil, fmt.Errorf("read distribution table: line %d: %q: want a number between -32768 and 32767", number, field)
			}
			table = append(table, float64(v)/one)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read distribution table: %w", err)
	}
	if len(table) < 2 {
		return nil, errors.New("read distribution table: want two values or more")
	}
	slices.Sort(table)
	return &Distribution{func(p float64) float64 { return interpolate(table, p) }}, nil
}

// interpolate takes value i of n as the quantile in the middle of the i-th of n equal parts.
func interpolate(table []float64, p float64) float64 {
	at := p*float64(len(table)) - 0.5
	i := int(math.Floor(at))
	switch {
	case i < 0:
		return table[0]
	case i >= len(table)-1:
		return table[len(table)-1]
	}
	return table[i] + (at-float64(i))*(table[i+1]-table[i])
}
