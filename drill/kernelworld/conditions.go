package kernelworld

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"netlab/netlab/lab"
	"netlab/results"
)

// conditions is what the machine had done up to one instant.
type conditions struct {
	at                    int64
	cpu                   [8]float64 // of /proc/stat, in ticks: user nice system idle iowait irq softirq steal
	cpuStall, memoryStall time.Duration
}

func readConditions() (conditions, error) {
	c := conditions{at: lab.Monotonic()}
	stat, err := os.Open("/proc/stat")
	if err != nil {
		return c, fmt.Errorf("read machine's conditions: %w", err)
	}
	defer stat.Close()
	line, err := bufio.NewReader(stat).ReadString('\n')
	if err != nil {
		return c, fmt.Errorf("read machine's conditions: %w", err)
	}
	t := &c.cpu
	if _, err := fmt.Sscanf(line, "cpu %f %f %f %f %f %f %f %f", &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]); err != nil {
		return c, fmt.Errorf("read machine's conditions: /proc/stat: %w", err)
	}
	if c.cpuStall, err = stalled("/proc/pressure/cpu"); err != nil {
		return c, err
	}
	c.memoryStall, err = stalled("/proc/pressure/memory")
	return c, err
}

// stalled is the total of the "some" line of a pressure file: the time in which at least one
// task waited. A kernel without pressure information has none to tell.
func stalled(path string) (time.Duration, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read machine's conditions: %w", err)
	}
	for field := range strings.FieldsSeq(string(data)) {
		var micros int64
		if _, err := fmt.Sscanf(field, "total=%d", &micros); err == nil {
			return time.Duration(micros) * time.Microsecond, nil
		}
	}
	return 0, fmt.Errorf("read machine's conditions: %s has no total", path)
}

// since is what happened between two instants, as ratios.
func (c conditions) since(from conditions) results.Validity {
	var all float64
	for i := range c.cpu {
		all += c.cpu[i] - from.cpu[i]
	}
	wall := float64(c.at - from.at)
	return results.Validity{
		Steal:       ratio(c.cpu[7]-from.cpu[7], all),
		Idle:        ratio(c.cpu[3]-from.cpu[3], all),
		CPUPressure: ratio(float64(c.cpuStall-from.cpuStall), wall),
		MemPressure: ratio(float64(c.memoryStall-from.memoryStall), wall),
	}
}

func ratio(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

// Watch begins to watch what the machine does to the measurement; ended says it, and how well the
// impaired links did since the lab was built.
func (w *World) Watch() (ended func() (results.Validity, error), err error) {
	before, err := readConditions()
	if err != nil {
		return nil, err
	}
	return func() (results.Validity, error) {
		after, err := readConditions()
		if err != nil {
			return results.Validity{}, err
		}
		v := after.since(before)
		v.Wires, err = w.wires()
		return v, err
	}, nil
}

func (w *World) wires() ([]results.Wire, error) {
	reports, err := w.Wires()
	var wires []results.Wire
	for _, r := range reports {
		wires = append(wires, results.Wire{From: r.From, To: r.To, DelayMS: milliseconds(r.Delay), Packets: r.Packets,
			Lost: r.Overflow + r.Drops.Late + r.Drops.Full, LateP50MS: milliseconds(r.Lateness.P50),
			LateP99MS: milliseconds(r.Lateness.P99), LateMaxMS: milliseconds(r.Lateness.Max)})
	}
	return wires, err
}

func milliseconds(t time.Duration) float64 { return float64(t) / float64(time.Millisecond) }
