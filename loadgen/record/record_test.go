package record_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"pgregory.net/rapid"

	"netlab/loadgen"
	"netlab/loadgen/record"
	"netlab/netlab/kernel/kerneltest"
)

// values are latencies as a service with a long tail has them.
func values(n int, seed uint64) []int64 {
	rng := rand.New(rand.NewPCG(seed, 0))
	v := make([]int64, n)
	for i := range v {
		v[i] = int64(80_000 * math.Exp(1.3*rng.NormFloat64()))
	}
	return v
}

func TestQuantilesAgreeWithASort(t *testing.T) {
	h := record.NewHistogram()
	all := values(300_000, 1)
	var sum float64
	for _, v := range all {
		h.Record(v)
		sum += float64(v)
	}
	slices.Sort(all)
	for _, q := range []float64{0, .001, .01, .1, .25, .5, .75, .9, .95, .99, .999, .9999, .99999, 1} {
		rank := max(1, uint64(math.Ceil(q*float64(len(all)))))
		want, got := float64(all[rank-1]), h.Rank(rank)
		if math.Abs(got-want) > 0.001*want {
			t.Errorf("quantile %v: %v, a sort says %v", q, got, want)
		}
	}
	if math.Abs(h.Mean()-sum/float64(len(all))) > 1e-6*h.Mean() || h.Max() != all[len(all)-1] {
		t.Errorf("mean %v, max %v", h.Mean(), h.Max())
	}
}

// TestBucketsAreHdrHistograms: each value lands where HdrHistogram puts it.
func TestBucketsAreHdrHistograms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mine, theirs := record.NewHistogram(), hdrhistogram.New(1, int64(time.Hour), 3)
		for _, v := range rapid.SliceOf(rapid.Int64Range(0, int64(time.Hour))).Draw(t, "values") {
			mine.Record(v)
			if err := theirs.RecordValue(v); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := mine.HDR(0).Export().Counts, theirs.Export().Counts; !slices.Equal(got, want) {
			t.Fatal("counts differ")
		}
	})
}

func TestMergeLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, parts := record.NewHistogram(), [2]*record.Histogram{record.NewHistogram(), record.NewHistogram()}
		for i, v := range rapid.SliceOfN(rapid.Int64Range(-5, 1<<45), 1, 50).Draw(t, "values") {
			all.Record(v)
			parts[i%2].Record(v)
		}
		parts[0].Merge(parts[1])
		for rank := uint64(0); rank <= all.Count(); rank++ {
			if got, want := parts[0].Rank(rank), all.Rank(rank); got != want {
				t.Fatalf("rank %d: %v, want %v", rank, got, want)
			}
		}
		if parts[0].Max() != all.Max() || parts[0].Mean() != all.Mean() && math.Abs(parts[0].Mean()/all.Mean()-1) > 1e-12 {
			t.Fatal("mean or max differ")
		}
		parts[0].Reset()
		if parts[0].Count() != 0 || slices.ContainsFunc(parts[0].HDR(0).Export().Counts, func(n int64) bool { return n != 0 }) {
			t.Fatal("not empty after Reset")
		}
	})
}

func TestUnansweredCountAsInfinite(t *testing.T) {
	f := record.NewFigures()
	m := record.NewMeter(record.Phase{Name: "measured", Begin: 0})
	for i := range int64(10) {
		s := loadgen.Sample{Intended: 1000 * i, Sent: 1000*i + 10, Done: 1000*i + 110}
		if i >= 8 {
			s.Phase, s.Errno = loadgen.PhaseFirstByte, loadgen.ErrTimeout
		}
		m.Record(&s)
	}
	m.Close()
	f.Merge(&(<-m.Full()).Figures)
	for q, want := range map[float64]float64{0.1: 110, 0.5: 110, 0.8: 110, 0.81: math.Inf(1), 1: math.Inf(1)} {
		if got := f.Quantile(f.Response, q); got != want {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	if f.Unanswered() != 2 || f.Lag.Count() != 10 || !math.IsInf(f.Mean(f.Response), 1) || f.Service.Mean() != 100 {
		t.Errorf("%+v", f)
	}
}

// TestMeter: each second of each phase is an interval, and together they hold every request once.
func TestMeter(t *testing.T) {
	m := record.NewMeter(record.Phase{Name: "warm_up", Begin: 0}, record.Phase{Name: "measured", Begin: 1_500_000_000})
	const n = 4000
	for i := range int64(n) {
		s := loadgen.Sample{Intended: i * 1e6, Sent: i * 1e6, Done: i*1e6 + 300e6}
		m.Record(&s)
	}
	m.Close()
	got := map[string]uint64{}
	for i := range m.Full() {
		got[fmt.Sprintf("%s %d", i.Phase, i.Begin/1e6)] = i.Answered
		m.Reuse(i)
	}
	want := map[string]uint64{"warm_up 0": 700, "warm_up 1000": 800, "measured 1500": 700, "measured 2500": 1000, "measured 3500": 800}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestRecordDoesNotAllocate(t *testing.T) {
	m := record.NewMeter(record.Phase{Name: "measured"})
	s := loadgen.Sample{}
	if n := testing.AllocsPerRun(10000, func() {
		s.Intended += 10
		s.Sent, s.Done, s.Server = s.Intended+1, s.Intended+2000, 1
		m.Record(&s)
	}); n != 0 {
		t.Errorf("%v allocations a request", n)
	}
}

// TestJavaReadsTheLog: HdrHistogram's own tool finds the percentiles that we do.
func TestJavaReadsTheLog(t *testing.T) {
	const jar = "/usr/share/java/hdrhistogram.jar"
	java, err := exec.LookPath("java")
	if err != nil {
		kerneltest.Unavailable(t, "no java: apt-get install libhdrhistogram-java default-jre-headless")
	}
	if _, err := os.Stat(jar); err != nil {
		kerneltest.Unavailable(t, "no "+jar+": apt-get install libhdrhistogram-java")
	}
	wall := time.Date(2026, 3, 1, 12, 0, 0, 474e6, time.UTC)
	m := record.NewMeter(record.Phase{Name: "measured"})
	total := record.NewFigures()
	for i, v := range values(30_000, 2) {
		at := int64(i) * 1e5
		m.Record(&loadgen.Sample{Intended: at, Sent: at, Done: at + v})
	}
	m.Close()
	var file bytes.Buffer
	log, err := record.NewLog(&file, 0, wall)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Full() {
		if err := log.Write(i); err != nil {
			t.Fatal(err)
		}
		total.Merge(&i.Figures)
	}
	path := filepath.Join(t.TempDir(), "measured.hlog")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(java, "-cp", jar, "org.HdrHistogram.HistogramLogProcessor", "-i", path, "-tag", "measured.response",
		"-outputValueUnitRatio", "1").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !strings.Contains(string(out), "1772366400.474") {
		t.Errorf("Java does not read the start time to the millisecond")
	}
	var lines int
	for _, line := range strings.Split(string(out), "\n") {
		var value, percentile float64
		var count uint64
		if _, err := fmt.Sscan(line, &value, &percentile, &count); err != nil {
			continue
		}
		lines++
		rank := max(1, uint64(math.Ceil(percentile*float64(total.Offered))))
		if want := total.Response.Rank(rank); math.Abs(value-want) > 0.001*want {
			t.Errorf("percentile %v: Java reads %v, we %v", percentile, value, want)
		}
	}
	if lines < 20 || !strings.Contains(string(out), fmt.Sprintf("Total count    =        %d", total.Offered)) {
		t.Errorf("Java says\n%s", out)
	}
}

func BenchmarkRecord(b *testing.B) {
	h := record.NewHistogram()
	all := values(1<<16, 1)
	for i := 0; b.Loop(); i++ {
		h.Record(all[i&(1<<16-1)])
	}
}
