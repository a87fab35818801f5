package render

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"netlab/loadgen"
	"netlab/results"
	"netlab/results/figures"
	"netlab/results/resultstest"
	"netlab/scenarios"
	"netlab/sim/cloud"
)

func TestRecomputeGivesTheSameBytes(t *testing.T) {
	b := resultstest.Frankfurt().Record(t)
	if _, err := Write(b); err != nil {
		t.Fatal(err)
	}
	first := contents(t, b.Dir)
	again, err := results.Open(b.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Write(again); err != nil {
		t.Fatal(err)
	}
	second := contents(t, b.Dir)
	for _, name := range []string{"manifest.json", "summary.json", "series.csv", "report.html",
		"hist/web-before.hlog", "hist/web-during.hlog", "hist/web-after.hlog", "hist/reach-during.hlog"} {
		if len(first[name]) == 0 {
			t.Errorf("%s was not written", name)
		}
	}
	if len(first) != len(second) {
		t.Errorf("%d files, then %d", len(first), len(second))
	}
	for name, data := range first {
		if second[name] != data {
			t.Errorf("%s has other bytes when it is made again", name)
		}
	}
	if len(again.Manifest.Files) != len(first)-1 {
		t.Errorf("the manifest lists %d files, the bundle has %d beside it", len(again.Manifest.Files), len(first)-1)
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		out[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestHistogramLogsKeepEveryRequest(t *testing.T) {
	b := resultstest.Frankfurt().Record(t)
	made, files, err := derive(b)
	if err != nil {
		t.Fatal(err)
	}
	web := made.Summary.Load["web"]
	for part, answers := range map[string]*figures.Answers{
		"before": web.Before, "during": web.During, "after": web.After,
	} {
		total := hdrhistogram.New(1, unanswered, 3)
		reader := hdrhistogram.NewHistogramLogReader(bytes.NewReader(files["hist/web-"+part+".hlog"]))
		intervals := 0
		for {
			h, err := reader.NextIntervalHistogram()
			if err != nil {
				t.Fatal(err)
			}
			if h == nil {
				break
			}
			intervals++
			total.Merge(h)
		}
		if total.TotalCount() != int64(answers.Requests) {
			t.Errorf("%s: the log holds %d requests, the summary %d", part, total.TotalCount(), answers.Requests)
		}
		if part == "before" {
			if intervals != 6 {
				t.Errorf("before: %d intervals, want one a second", intervals)
			}
			for _, p := range answers.Percentiles() {
				got := figures.Millis(float64(total.ValueAtPercentile(100*p.Quantile)) / 1e6)
				if math.Abs(float64(got / *p.Value)-1) > 0.001 {
					t.Errorf("before: %s is %v in the log, %v in the summary", p.Name, got, *p.Value)
				}
			}
		}
		if part == "during" && total.ValueAtPercentile(99) < unanswered {
			t.Errorf("during: p99 is %d: unanswered requests were dropped", total.ValueAtPercentile(99))
		}
	}
}

// The file stands on its own: nothing in it makes a browser ask for anything.
func TestPageNeedsNoNetwork(t *testing.T) {
	_, files, err := derive(resultstest.Frankfurt().Record(t))
	if err != nil {
		t.Fatal(err)
	}
	page := string(files["report.html"])
	for _, fetch := range []string{"<link", "<iframe", "@import", `src="http`, "url(", "fetch(", "XMLHttpRequest", "import("} {
		if strings.Contains(page, fetch) {
			t.Errorf("the page holds %q", fetch)
		}
	}
	if !strings.Contains(page, `<img src="data:image/svg`) {
		t.Error("the page shows no picture of the topology")
	}
	for _, part := range []string{"3.011 s – 3.013 s", "load.web.before.success_ratio == 100%", `"name":"reach"`, "56.97 %"} {
		if !strings.Contains(page, part) {
			t.Errorf("the page does not hold %q", part)
		}
	}
}

func TestPageOfAnHourStaysSmall(t *testing.T) {
	r := &figures.Run{
		Manifest: &results.Manifest{TimeScale: 1}, Scenario: &scenarios.Scenario{}, Cloud: &cloud.Cloud{},
		Span: figures.Window{End: int64(time.Hour)},
	}
	none := figures.Window{Begin: r.Span.End, End: r.Span.End}
	r.Before, r.During, r.After = r.Span, none, none
	random := rand.New(rand.NewPCG(7, 8))
	for _, name := range []string{"web", "reach"} {
		s := &figures.Sender{Sender: results.Sender{Name: name, Kind: results.Load, Rate: 20}}
		for at := int64(0); at < r.Span.End; at += int64(50 * time.Millisecond) {
			s.Samples = append(s.Samples, loadgen.Sample{Intended: at, Sent: at, Done: at + 100_000 + random.Int64N(9_000_000)})
		}
		r.Senders = append(r.Senders, s)
	}
	var page bytes.Buffer
	if err := writePage(&page, &Report{Run: r, Summary: r.Summarize()}); err != nil {
		t.Fatal(err)
	}
	if page.Len() > 500_000 {
		t.Errorf("the page of an hour has %d bytes, more than 500,000", page.Len())
	}
	t.Logf("%d bytes", page.Len())
}
