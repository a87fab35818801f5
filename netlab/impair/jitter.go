package impair

import (
	"math"
	"math/rand/v2"
)

// A jitter is the random process behind Quality.Jitter. Both forms draw a normal deviate that
// depends on earlier ones, and map it to the wanted distribution (a Gaussian copula): dependence
// changes which values follow each other, but not how often each value comes.
type jitter struct {
	size         float64 // ns
	distribution *Distribution
	correlation  float64

	last float64 // correlated form: the deviate of the frame before

	// Smooth form: the deviate runs from a to b between times from and from+span.
	a, b float64
	from int64
	span int64
}

// smoothness is how many times Jitter the smooth form takes from one independent deviate to the
// next. The delay then hardly ever falls faster than time passes, which would reorder frames: a
// normal one's would take a pair 10 standard deviations apart.
const smoothness = 20

func newJitter(q Quality, r *rand.Rand) jitter {
	return jitter{
		size: float64(q.Jitter), distribution: q.distribution(), correlation: q.Correlation,
		last: r.NormFloat64(), from: math.MinInt64 / 2, span: max(1, smoothness*int64(q.Jitter)),
	}
}

// at is the deviation in ns of a frame that arrives at time t. Times must not go back.
func (j *jitter) at(t int64, r *rand.Rand) int64 {
	if j.size == 0 {
		return 0
	}
	var z float64
	if j.correlation > 0 {
		rho := j.correlation
		j.last = rho*j.last + math.Sqrt(1-rho*rho)*r.NormFloat64()
		z = j.last
	} else {
		z = j.smooth(t, r)
	}
	if j.distribution == Normal {
		return int64(j.size * z)
	}
	const edge = 1e-12 // the deviate of a probability of 0 or 1 is infinite
	p := min(max(math.Erfc(-z/math.Sqrt2)/2, edge), 1-edge)
	return int64(j.size * j.distribution.quantile(p))
}

// smooth interpolates between independent deviates. Dividing by the length of the weights keeps the
// variance at 1 all the way, where plain interpolation would halve it midway.
func (j *jitter) smooth(t int64, r *rand.Rand) float64 {
	switch passed := t - j.from; {
	case passed < j.span:
	case passed < 2*j.span:
		j.a, j.b, j.from = j.b, r.NormFloat64(), j.from+j.span
	default: // long silent: nothing left to depend on
		j.a, j.b, j.from = r.NormFloat64(), r.NormFloat64(), t
	}
	w := max(0, float64(t-j.from)/float64(j.span))
	return ((1-w)*j.a + w*j.b) / math.Hypot(1-w, w)
}
