package render

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"

	"netlab/analysis"
	"netlab/results/figures"
)

// spectrum draws the latencies by percentile, one line per part of the run. The axis stretches
// towards 100 %, where the interesting requests are. A line ends where requests were not answered.
func spectrum(r *figures.Run, s *figures.Sender) template.HTML {
	const (
		width, height            = 380.0, 230.0
		left, right, top, bottom = 58.0, 12.0, 14.0, 26.0
		steps                    = 160
	)
	type curve struct {
		name   string
		sorted []float64
	}
	var curves []curve
	lowest, highest, most := math.Inf(1), 0.0, 1
	for _, part := range r.Parts() {
		sorted := figures.Latencies(s.Samples, r.Belongs(part))
		if len(sorted) == 0 {
			continue
		}
		curves = append(curves, curve{part.Name, sorted})
		most = max(most, len(sorted))
		for _, v := range sorted {
			if !math.IsInf(v, 1) {
				lowest, highest = min(lowest, v), max(highest, v)
			}
		}
	}
	if highest == 0 {
		return ""
	}
	nines := math.Min(5, math.Max(1, math.Floor(math.Log10(float64(most)))))
	low, high := math.Floor(2*math.Log10(lowest/1.05))/2, math.Ceil(2*math.Log10(highest*1.05))/2
	x := func(q float64) float64 { return left + (width-left-right)*-math.Log10(1-q)/nines }
	y := func(v float64) float64 {
		return height - bottom - (height-top-bottom)*(math.Log10(v)-low)/(high-low)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %.0f %.0f" role="img" font-size="11" fill="var(--soft)">`, width, height)
	for _, q := range []float64{0, .5, .9, .99, .999, .9999, .99999} {
		if -math.Log10(1-q) > nines+1e-9 {
			break
		}
		fmt.Fprintf(&b, `<path d="M%.1f %.0fV%.0f" stroke="var(--line)"/>`, x(q), top, height-bottom)
		fmt.Fprintf(&b, `<text x="%.1f" y="%.0f" text-anchor="middle">%s</text>`,
			x(q), height-9, strconv.FormatFloat(figures.Round(100*q, 3), 'f', -1, 64))
	}
	for decade := math.Floor(low); decade <= high; decade++ {
		for _, m := range []float64{1, 2, 3, 5} {
			v := m * math.Pow(10, decade)
			wanted := m == 1 || high-low <= 1 || m == 3 && high-low <= 3
			if at := math.Log10(v); !wanted || at < low || at > high {
				continue
			}
			fmt.Fprintf(&b, `<path d="M%.0f %.1fH%.0f" stroke="var(--line)"/>`, left, y(v), width-right)
			fmt.Fprintf(&b, `<text x="%.0f" y="%.1f" text-anchor="end">%s</text>`, left-6, y(v)+4, tickLabel(v))
		}
	}
	colors := map[string]string{"before": "var(--good)", "during": "var(--bad)", "after": "var(--accent)", "measured": "var(--accent)"}
	for i, c := range curves {
		var path strings.Builder
		for step := range steps + 1 {
			q := 1 - math.Pow(10, -nines*float64(step)/steps)
			v := analysis.NearestRank(c.sorted, q)
			if math.IsInf(v, 1) || 1/(1-q) > float64(len(c.sorted))*1.0001 {
				break // beyond this the sample says nothing
			}
			fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(step, 1)], x(q), y(v))
		}
		fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.8"/>`, path.String(), colors[c.name])
		fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" text-anchor="end" fill="%s">%s</text>`,
			width-right-6, height-bottom-8-14*float64(len(curves)-1-i), colors[c.name], c.name)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // only numbers and our own words
}

func tickLabel(ns float64) string {
	d := time.Duration(math.Round(ns))
	switch {
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'g', 3, 64) + " s"
	case d >= time.Millisecond:
		return strconv.FormatFloat(float64(d)/1e6, 'g', 3, 64) + " ms"
	}
	return strconv.FormatFloat(float64(d)/1e3, 'g', 3, 64) + " µs"
}

// staticRate is the picture for a reader without scripts: answered and failed requests over time.
func staticRate(r *figures.Run, s *figures.Sender) template.HTML {
	const width, height, columns = 1100.0, 90.0, 220
	span := time.Duration(r.Span.End - r.Span.Begin)
	if span <= 0 {
		return ""
	}
	bins := r.Bins(s, max(span/columns, time.Millisecond))
	var most uint64 = 1
	for _, b := range bins {
		most = max(most, b.Offered)
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg viewBox="0 0 %.0f %.0f" role="img" width="100%%">`, width, height)
	bar := func(i int, from, count uint64, color string) {
		if count == 0 {
			return
		}
		w := width / float64(len(bins))
		h := height * float64(count) / float64(most)
		fmt.Fprintf(&out, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`,
			w*float64(i), height-h-height*float64(from)/float64(most), w, h, color)
	}
	for i, b := range bins {
		bar(i, 0, b.Answered, "var(--good)")
		bar(i, b.Answered, b.Failures(), "var(--bad)")
	}
	out.WriteString(`</svg>`)
	return template.HTML(out.String()) // only numbers
}
