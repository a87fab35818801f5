package results

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/loadgen"
	"netlab/sim/event"
)

var start = time.Date(2026, 11, 22, 18, 58, 17, 0, time.UTC)

func create(t *testing.T) *Writer {
	t.Helper()
	folder, err := OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	w, err := folder.Create("frankfurt", start)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// requests are n samples, one a millisecond from second 100 of the clock, all kinds of outcome.
func requests(n int) []loadgen.Sample {
	out := make([]loadgen.Sample, n)
	for i := range out {
		due := int64(100*time.Second) + int64(i)*int64(time.Millisecond)
		out[i] = loadgen.Sample{
			Intended: due, Sent: due + 40_000, FirstByte: due + 180_000, Done: due + 190_000,
			KernelRX: due + 170_000, Conn: uint32(i % 64), Server: uint16(1 + i%2), Status: 200,
		}
		switch i % 10 {
		case 3:
			out[i] = loadgen.Sample{Intended: due, Sent: due + 1, Done: due + 2, Conn: 7,
				Phase: loadgen.PhaseConnect, Errno: syscall.ECONNREFUSED}
		case 5:
			out[i] = loadgen.Sample{Intended: due, Phase: loadgen.PhaseShed}
		case 7:
			out[i] = loadgen.Sample{Intended: due, Sent: due + 1, Done: due + int64(time.Second),
				Conn: 9, Phase: loadgen.PhaseFirstByte, Errno: loadgen.ErrTimeout}
		}
	}
	return out
}

var accounting = loadgen.Accounting{
	Offered: 12_000, Sent: 10_800, Answered: 8_400, Shed: 1_200,
	Failed: map[loadgen.Failure]uint64{
		{Phase: loadgen.PhaseConnect, Errno: syscall.ECONNREFUSED}: 1_200,
		{Phase: loadgen.PhaseFirstByte, Errno: loadgen.ErrTimeout}: 1_200,
	},
	Servers:  []string{"", "ecs2", "ecs3"},
	Connects: 64,
}

func writeChunks(t *testing.T, s *SampleWriter, samples []loadgen.Sample) {
	t.Helper()
	for chunk := range slices.Chunk(samples, 500) {
		if err := s.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBundleGivesBackWhatWasRecorded(t *testing.T) {
	w := create(t)
	if err := w.Scenario([]byte("netlab: 1\n")); err != nil {
		t.Fatal(err)
	}
	events := []event.Event{
		{At: 1, What: event.BuildBegun{Scenario: "frankfurt"}},
		{At: 2, What: event.Inject{Fault: "clb_b_down", Intended: 1, Effect: event.Effect{Hosts: []string{"clb.b"}}}},
		{At: 3, What: event.Tick{Stream: "web", OK: 4, P99: time.Millisecond}},
	}
	for _, e := range events {
		w.Event(e)
	}
	samples := requests(12_000) // 12 s: three parts
	s, err := w.Samples(Sender{Name: "web", Kind: Load, Protocol: "http", Rate: 1000})
	if err != nil {
		t.Fatal(err)
	}
	writeChunks(t, s, samples)
	if err := s.Close(accounting); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	b, err := Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.Samples("web")
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Damage) > 0 {
		t.Errorf("a whole bundle says it is damaged: %q", b.Damage)
	}
	if diff := cmp.Diff(events, b.Events); diff != "" {
		t.Errorf("events differ (-recorded +read):\n%s", diff)
	}
	for i := range samples { // the reader numbers servers as they come
		if want, is := accounting.Servers[samples[i].Server], got.Servers[got.Rows[i].Server]; is != want {
			t.Fatalf("sample %d was answered by %q, read as %q", i, want, is)
		}
		got.Rows[i].Server = samples[i].Server
	}
	if diff := cmp.Diff(samples, got.Rows); diff != "" {
		t.Errorf("samples differ (-recorded +read):\n%s", diff)
	}
	wantFailed := map[string]uint64{"connect ECONNREFUSED": 1200, "first_byte ETIMEDOUT": 1200}
	if diff := cmp.Diff(wantFailed, b.Manifest.Senders[0].Accounting.Failed); diff != "" {
		t.Errorf("failures differ (-recorded +read):\n%s", diff)
	}
	var files []string
	for _, f := range b.Manifest.Files {
		files = append(files, f.Path)
		again, err := hashFile(w.root, f.Path)
		if err != nil || again.SHA256 != f.SHA256 || again.Bytes != f.Bytes {
			t.Errorf("%s: manifest has %s, %d bytes; the file %s, %d bytes (%v)",
				f.Path, f.SHA256, f.Bytes, again.SHA256, again.Bytes, err)
		}
	}
	if diff := cmp.Diff([]string{"events.jsonl", "samples/web.parquet", "scenario.yaml"}, files); diff != "" {
		t.Errorf("files differ (-want +got):\n%s", diff)
	}
}

func TestKilledRunKeepsWhatWasWritten(t *testing.T) {
	w := create(t)
	w.Event(event.Event{At: 1, What: event.BuildBegun{}})
	s, err := w.Samples(Sender{Name: "web", Kind: Load})
	if err != nil {
		t.Fatal(err)
	}
	writeChunks(t, s, requests(12_001))
	// The kill: nothing is closed, and an event and the last sample were half written.
	f, err := os.OpenFile(filepath.Join(w.Dir(), eventsName), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"t_ns":2,"ki`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := os.Truncate(filepath.Join(w.Dir(), spoolPath("web")), spoolSize(12_001)-10); err != nil {
		t.Fatal(err)
	}

	b, err := Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.Samples("web")
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Events) != 1 {
		t.Errorf("read %d events, want the one that was whole", len(b.Events))
	}
	if diff := cmp.Diff(requests(12_000), got.Rows); diff != "" {
		t.Errorf("samples differ (-recorded +read):\n%s", diff)
	}
	if got.Servers[1] != "#1" {
		t.Errorf("server is called %q, want #1: its name was never told", got.Servers[1])
	}
	want := []string{
		"the run did not come to its end",
		"events.jsonl ends in the middle of line 3",
		"scenario.yaml is missing",
		"samples of web: the stream did not come to its end",
		"samples/web.spool ends in the middle of a sample",
	}
	if diff := cmp.Diff(want, b.Damage); diff != "" {
		t.Errorf("damage differs (-want +got):\n%s", diff)
	}
}

// What an earlier netlab left when it was killed opens as well: it wrote parts.
func TestKilledRunOfAnEarlierVersion(t *testing.T) {
	b, err := Open("testdata/killed")
	if err != nil {
		t.Fatal(err)
	}
	for _, sender := range b.Manifest.Senders {
		samples, err := b.Samples(sender.Name)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(samples.Rows); n < 400 || samples.Servers[1] != "#1" {
			t.Errorf("%s: %d samples by %q, want about 500 by servers without names", sender.Name, n, samples.Servers)
		}
	}
	want := []string{
		"the run did not come to its end",
		"samples of near: the stream did not come to its end",
		"samples/near.0002.parquet has no footer: its rows are lost",
		"samples of far: the stream did not come to its end",
		"samples/far.0002.parquet has no footer: its rows are lost",
	}
	if diff := cmp.Diff(want, b.Damage); diff != "" {
		t.Errorf("damage differs (-want +got):\n%s", diff)
	}
}

func spoolSize(samples int64) int64 { return int64(len(spoolHead)) + samples*recordSize }

// A kill while the Parquet file was being written leaves the spool, and half a file that nobody reads;
// one just after it stood leaves both.
func TestKillWhileSamplesAreStored(t *testing.T) {
	w := create(t)
	s, err := w.Samples(Sender{Name: "web", Kind: Load})
	if err != nil {
		t.Fatal(err)
	}
	writeChunks(t, s, requests(3000))
	path := filepath.Join(w.Dir(), samplesPath("web"))
	if err := os.WriteFile(path+".new", []byte("PAR1 half"), 0o644); err != nil {
		t.Fatal(err)
	}
	read := func() *Samples {
		t.Helper()
		b, err := Open(w.Dir())
		if err != nil {
			t.Fatal(err)
		}
		samples, err := b.Samples("web")
		if err != nil {
			t.Fatal(err)
		}
		return samples
	}
	if got := read(); len(got.Rows) != 3000 || got.Servers[2] != "#2" {
		t.Errorf("read %d samples by %q from the spool, want 3000 by #1 and #2", len(got.Rows), got.Servers)
	}
	if err := s.encode(accounting.Servers); err != nil {
		t.Fatal(err)
	}
	if got := read(); len(got.Rows) != 3000 || got.Servers[1] != "ecs3" && got.Servers[1] != "ecs2" {
		t.Errorf("read %d samples by %q beside the spool, want 3000 by names", len(got.Rows), got.Servers)
	}
}

func TestSpoolOfAnotherFormIsAnError(t *testing.T) {
	w := create(t)
	if _, err := w.Samples(Sender{Name: "web", Kind: Load}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.Dir(), spoolPath("web")), []byte("netlab samples 9\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	b, err := Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Samples("web"); err == nil || !strings.Contains(err.Error(), "web.spool: it does not begin with") {
		t.Errorf("it was read: %v", err)
	}
}

func TestEventsFromManyGoroutinesStayWhole(t *testing.T) {
	w := create(t)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for range 100 {
				w.Event(event.Event{At: int64(g), What: event.Warning{Text: strings.Repeat("x", 500)}})
			}
		})
	}
	all.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Events) != 800 {
		t.Errorf("read %d events, want 800", len(b.Events))
	}
}

func TestSameSamplesGiveTheSameBytes(t *testing.T) {
	var files [2][]byte
	for i := range files {
		w := create(t)
		s, err := w.Samples(Sender{Name: "web"})
		if err != nil {
			t.Fatal(err)
		}
		writeChunks(t, s, requests(12_000))
		if err := s.Close(accounting); err != nil {
			t.Fatal(err)
		}
		if files[i], err = os.ReadFile(filepath.Join(w.Dir(), samplesPath("web"))); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two recordings of the same samples differ")
	}
}

func TestOpenRefusesWhatIsNoBundle(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "read manifest") {
		t.Errorf("an empty folder opened: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, manifestName), []byte(`{"schema":"netlab.result/9"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), `schema is "netlab.result/9"`) {
		t.Errorf("a manifest of another schema opened: %v", err)
	}
}

func TestCompleteBundleWithBrokenSamplesIsAnError(t *testing.T) {
	w := create(t)
	s, err := w.Samples(Sender{Name: "web"})
	if err != nil {
		t.Fatal(err)
	}
	writeChunks(t, s, requests(100))
	if err := s.Close(loadgen.Accounting{}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(w.Dir(), samplesPath("web")), 1000); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(w.Dir()); err == nil || !strings.Contains(err.Error(), "samples/web.parquet was changed after the run") {
		t.Errorf("a complete run's cut file was read: %v", err)
	}
}
