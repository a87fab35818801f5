package scenarios_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"netlab/scenarios"
	"netlab/sim"
)

// hostile are inputs of the kinds that have blown up YAML readers: aliases of aliases, deep
// nesting, endless mappings, long scalars.
func hostile() map[string][]byte {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x]\n")
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&bomb, "a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1)
	}
	aliases := func(n int, of, key string) []byte {
		return []byte("netlab: 1\nname: &a " + of + "\n" + key + ": [" + strings.Repeat("*a,", n) + "]\n")
	}
	switches := "[" + strings.Repeat("*w,", 20_000) + "]"
	squared := "netlab: 1\nname: &w {name: w, zone: eu-central-1b, cidr_block: 10.0.0.0/24}\ncloud:\n  region: eu-central-1\n" +
		"  description: &v {name: v, cidr_block: 10.0.0.0/16, vswitches: " + switches + "}\n" +
		"  vpcs: [" + strings.Repeat("*v,", 20_000) + "]\n"
	var keys, duplicates strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
		duplicates.WriteString("k: 1\n")
	}
	instances := "netlab: 1\nname: n\ncloud:\n  region: eu-central-1\n" +
		"  vpcs: [{name: v, cidr_block: 10.0.0.0/16, vswitches: [{name: w, zone: eu-central-1b, cidr_block: 10.0.0.0/16}]}]\n  instances:\n"
	return map[string][]byte{
		"alias bomb":       []byte(bomb.String()),
		"alias square":     []byte(squared),
		"many aliases":     aliases(390_000, "x", "description"),
		"alias resources":  aliases(49_000, "{b: c}", "cloud:\n  instances"),
		"plain resources":  []byte(instances + strings.Repeat("    - {b: c}\n", 90_000)),
		"deep list":        []byte("a: " + strings.Repeat("[", 390_000)),
		"deep mapping":     []byte(strings.Repeat("{a: ", 120_000)),
		"deep blocks":      []byte(strings.Repeat("- ", 200_000)),
		"many keys":        []byte(keys.String()),
		"duplicate keys":   []byte(duplicates.String()),
		"keyed services":   []byte("netlab: 1\nservices:\n  " + strings.ReplaceAll(strings.TrimSuffix(keys.String(), "\n"), "\n", "\n  ")),
		"long scalar":      []byte("name: " + strings.Repeat("x", 4_000_000)),
		"long name":        []byte("netlab: 1\n" + strings.Repeat("x", 1_000_000) + ": 1\n"),
		"long expectation": []byte("expect: ['" + strings.Repeat("(", 1_000_000) + "']"),
		"too large":        bytes.Repeat([]byte("a\n"), 4<<20),
		"unknown switches": []byte(instances + strings.Repeat("    - {name: e, vswitch: nowhere}\n", 20_000)),
		"same address":     []byte(instances + strings.Repeat("    - {name: e, vswitch: w, private_ip: 10.0.0.9}\n", 20_000)),
		"no zone":          []byte(instances + strings.Repeat("    - {name: ecs, vswitch: w, run: [web, web, web]}\n", 10_000)),
	}
}

// A hostile file is found wrong without taking much: all that is ever allocated for it is less
// than what it may hold at once.
func TestHostileFilesStayBounded(t *testing.T) {
	for name, src := range hostile() {
		t.Run(name, func(t *testing.T) {
			before := allocated()
			_, _, diags := sim.Load("hostile.yaml", src)
			if len(diags) == 0 {
				t.Error("nothing is wrong with it")
			}
			if used := allocated() - before; used > 256<<20 {
				t.Errorf("took %d MiB", used>>20)
			}
		})
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// No input panics, and none takes much.
func FuzzLoad(f *testing.F) {
	for _, glob := range []string{"*.yaml", "testdata/errors/*.yaml", "testdata/good/*.yaml"} {
		files, _ := filepath.Glob(glob)
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		began, before := time.Now(), allocated()
		s, _, diags := sim.Load("fuzz.yaml", src)
		if s != nil {
			sim.NotEmulated(s)
		}
		if s == nil && len(diags) == 0 {
			t.Error("refused without a word")
		}
		for _, d := range diags {
			if d.Line < 1 || d.Column < 1 || d.Message == "" {
				t.Errorf("a diagnostic without position or message: %+v", d)
			}
		}
		// A second is the aim; a busy machine may take ten.
		if took, used := time.Since(began), allocated()-before; took > 10*time.Second || used > 256<<20 {
			t.Errorf("took %s and %d MiB", took, used>>20)
		}
	})
}

var sink scenarios.Diagnostics

// resources is a scenario of n instances behind load balancers, in VPCs with two vSwitches each.
func resources(n int) []byte {
	var b bytes.Buffer
	b.WriteString("netlab: 1\nname: large\ncloud:\n  region: eu-central-1\n  vpcs:\n")
	const each = 1000
	for v := 0; v*each < n; v++ {
		fmt.Fprintf(&b, "    - {name: vpc%d, cidr_block: 10.%d.0.0/16, vswitches: ["+
			"{name: w%d-a, zone: eu-central-1a, cidr_block: 10.%d.0.0/20}, {name: w%d-b, zone: eu-central-1b, cidr_block: 10.%d.16.0/20}]}\n",
			v, v, v, v, v, v)
	}
	b.WriteString("  instances:\n")
	for i := range n {
		v, k := i/each, i%each
		fmt.Fprintf(&b, "    - {name: ecs%d, vswitch: w%d-%c, private_ip: 10.%d.%d.%d, run: [web]}\n", i, v, 'a'+byte(k%2), v, 16*(k%2)+k/500+1,
			k/2%250+1)
	}
	b.WriteString("services: {web: {http: {port: 80}}}\nrun: {duration: 1s}\n")
	return b.Bytes()
}

func TestTenThousandResourcesAreValid(t *testing.T) {
	if _, _, diags := sim.Load("large.yaml", resources(10_000)); len(diags) > 0 {
		t.Errorf("%d diagnostics, first %s", len(diags), diags[0])
	}
}

func BenchmarkTenThousandResources(b *testing.B) {
	src := resources(10_000)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		_, _, sink = sim.Load("large.yaml", src)
	}
}
