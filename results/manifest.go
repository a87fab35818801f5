package results

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Schema names the manifest's format. Within a major version fields are only ever added.
const Schema = "netlab.result/1"

const manifestName = "manifest.json"

// A Manifest says under which conditions a run was made: whatever a reader needs to judge its
// figures or to repeat it, and that the raw samples and events do not hold.
type Manifest struct {
	Schema   string      `json:"schema"`
	Tool     Tool        `json:"tool"`
	Scenario ScenarioRef `json:"scenario"`
	Seed     uint64      `json:"seed"`
	// TimeScale divides the documented control-plane times; 1 is the documented speed.
	TimeScale float64   `json:"time_scale"`
	Started   time.Time `json:"started"`
	Clock     Anchor    `json:"clock"`
	Host      Host      `json:"host"`
	Network   Network   `json:"network"`
	Setup     Setup     `json:"setup"`
	Validity  Validity  `json:"validity"`
	Senders   []Sender  `json:"streams,omitempty"`
	// Complete is false while the run lasts, and for ever when it was killed.
	Complete bool   `json:"complete"`
	Files    []File `json:"files,omitempty"`
}

// A Tool is the program that made the run.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
}

// A ScenarioRef names the scenario file that was run; the bundle holds it as resolved.
type ScenarioRef struct {
	Name   string `json:"name"`
	File   string `json:"file,omitempty"` // as the user named it
	SHA256 string `json:"sha256"`         // of scenario.yaml in the bundle
}

// An Anchor is one instant on both clocks, so that the bundle's monotonic stamps have a date.
type Anchor struct {
	Monotonic int64 `json:"monotonic_ns"` // CLOCK_MONOTONIC
	Wall      int64 `json:"wall_ns"`      // nanoseconds since 1970, UTC
}

// Time is the date of a monotonic stamp.
func (a Anchor) Time(monotonic int64) time.Time {
	return time.Unix(0, a.Wall+monotonic-a.Monotonic).UTC()
}

// A Host is the machine that the run was made on.
type Host struct {
	Kernel string `json:"kernel"`
	Arch   string `json:"arch"`
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory uint64 `json:"memory_bytes,omitempty"`
	Root   bool   `json:"root"` // false: the run was rootless
}

// Network is what TCP and the links used, since it decides what latencies and throughputs mean.
type Network struct {
	CongestionControl string `json:"congestion_control,omitempty"`
	MTU               int    `json:"mtu,omitempty"`
}

// Setup is how long the lab took to build and to remove.
type Setup struct {
	Namespaces int         `json:"namespaces"`
	Links      int         `json:"links"`
	BuildMS    float64     `json:"build_ms"`
	Phases     []PhaseTime `json:"phases,omitempty"` // parts of the build, in order
	TeardownMS float64     `json:"teardown_ms"`
}

// A PhaseTime is one part of the build.
type PhaseTime struct {
	Name string  `json:"name"`
	MS   float64 `json:"ms"`
}

// Validity is what the machine did to the measured part of the run, from /proc/stat and
// /proc/pressure. How late the generator was is not here: the samples themselves say it.
type Validity struct {
	Steal       float64 `json:"steal_ratio"`           // of all CPU time
	Idle        float64 `json:"idle_ratio"`            // of all CPU time
	CPUPressure float64 `json:"psi_cpu_some_ratio"`    // of the wall time
	MemPressure float64 `json:"psi_memory_some_ratio"` // of the wall time
	Wires       []Wire  `json:"wires,omitempty"`
}

// A Wire is how well one direction of an impaired link kept what was asked of it.
type Wire struct {
	From    string  `json:"from"`
	To      string  `json:"to"`
	DelayMS float64 `json:"delay_ms"`
	Packets int64   `json:"packets"`
	// Lost counts what the wire itself lost because this machine was too slow for it.
	Lost      int64   `json:"lost"`
	LateP50MS float64 `json:"late_p50_ms"` // released after the due time
	LateP99MS float64 `json:"late_p99_ms"`
	LateMaxMS float64 `json:"late_max_ms"`
}

// A Kind of sender is load, whose latency counts, or a probe, which finds outages.
type Kind string

const (
	Load  Kind = "load"
	Probe Kind = "probe"
)

// A Sender is one load or probe: what was asked of it and what became of every request.
type Sender struct {
	Name        string  `json:"name"`
	Kind        Kind    `json:"kind"`
	Protocol    string  `json:"protocol"`
	Engine      string  `json:"engine,omitempty"` // what sent the requests
	From        string  `json:"from"`
	Target      string  `json:"target"`
	Arrivals    string  `json:"arrivals,omitempty"`
	Rate        float64 `json:"rate,omitempty"` // asked for, per second; 0: closed loop
	Connections int     `json:"connections,omitempty"`
	TimeoutMS   float64 `json:"timeout_ms,omitempty"`
	// Start and End bound the intended times: [Start, End) on CLOCK_MONOTONIC.
	Start int64 `json:"start_ns"`
	End   int64 `json:"end_ns"`

	// Accounting is nil when the run was cut short before the sender ended.
	Accounting *Accounting `json:"accounting,omitempty"`
}

// A File is one file of the bundle.
type File struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// saveManifest replaces the manifest in one step, so that a reader never sees half of one.
func saveManifest(root *os.Root, m *Manifest) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	return replaceFile(root, manifestName, append(data, '\n'))
}

// mostManifest is more than any manifest has: a thousand senders with as many servers each.
const mostManifest = 64 << 20

func readManifest(root *os.Root, dir string) (*Manifest, error) {
	data, err := readFile(root, manifestName, mostManifest)
	if err != nil {
		return nil, fmt.Errorf("read manifest of %s: %w", dir, err)
	}
	m := new(Manifest)
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("read manifest of %s: %w", dir, err)
	}
	if m.Schema != Schema {
		return nil, fmt.Errorf("read manifest of %s: schema is %q, this netlab reads %q", dir, m.Schema, Schema)
	}
	return m, nil
}
