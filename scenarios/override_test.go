package scenarios_test

import (
	"strings"
	"testing"
	"time"

	"netlab/scenarios"
)

const small = `netlab: 1
name: small
time_scale: ${NETLAB_TEST_SCALE:-10}
cloud:
  region: eu-central-1
  vpcs:
    - {name: vpc1, cidr_block: 10.0.0.0/16, vswitches: [{name: w, zone: eu-central-1b, cidr_block: 10.0.0.0/24}]}
  instances: [{name: ecs1, vswitch: w}, {name: ecs2, vswitch: w}]
load: [{name: web, from: ecs1, target: "tcp://${NETLAB_TEST_HOST:-ecs2}:80", rate: "${NETLAB_TEST_RATE:-1000}/s"}]
run: {duration: 20s} # 20 s
`

// variables is an environment of names and values.
func variables(pairs ...string) scenarios.Environment {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

// TestNoVariableComesUnasked: what nobody passes in is not there, whatever the process has in its environment.
func TestNoVariableComesUnasked(t *testing.T) {
	t.Setenv("NETLAB_TEST_RATE", "500")
	if s, diags := scenarios.Decode("small.yaml", []byte(small)); len(diags) > 0 || s.Load[0].Rate != 1000 {
		t.Errorf("rate %v %s", s.Load[0].Rate, diags)
	}
}

func TestVariablesAreReplacedWhereTheFileAsksForThem(t *testing.T) {
	s, diags := scenarios.DecodeWith("small.yaml", []byte(small), nil, variables("NETLAB_TEST_RATE", "500"))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if s.TimeScale != 10 || s.Load[0].Rate != 500 || s.Load[0].Target.Host != "ecs2" {
		t.Errorf("time scale %v, rate %v, host %s", s.TimeScale, s.Load[0].Rate, s.Load[0].Target.Host)
	}
}

func TestAVariableHasTheTypeOfItsText(t *testing.T) {
	src := strings.Replace(small, "ecs2, vswitch: w}", `ecs2, vswitch: w, private_ip: "${NETLAB_TEST_IP:-10.0.0.7}"}`, 1)
	src = strings.Replace(src, "seed", "", 1) + `seed: "${NETLAB_TEST_SEED:-7}"` + "\n"
	s, diags := scenarios.Decode("small.yaml", []byte(src))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if s.Seed != 7 || s.Cloud.Instances[1].PrivateIP.String() != "10.0.0.7" {
		t.Errorf("seed %d, address %s", s.Seed, s.Cloud.Instances[1].PrivateIP)
	}
}

func TestADollarCanBeWritten(t *testing.T) {
	src := strings.Replace(small, "name: small", "name: small\ndescription: costs $${PRICE}", 1)
	s, diags := scenarios.Decode("small.yaml", []byte(src))
	if len(diags) > 0 || s.Description != "costs ${PRICE}" {
		t.Errorf("description %q %s", s.Description, diags)
	}
}

func TestOverrides(t *testing.T) {
	s, diags := scenarios.DecodeWith("small.yaml", []byte(small), []string{
		"time_scale=1", "run.duration=5s", "run.warm_up=1s", "cloud.instances[1].private_ip=10.0.0.9",
		"load[0]={name: other, from: ecs2, target: tcp://ecs1:81, rate: 7/s}",
	}, nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if s.TimeScale != 1 || s.Run.Duration != 5*time.Second || s.Run.WarmUp != time.Second {
		t.Errorf("time scale %v, run %+v", s.TimeScale, s.Run)
	}
	if s.Cloud.Instances[1].PrivateIP.String() != "10.0.0.9" || s.Load[0].Name != "other" || s.Load[0].Rate != 7 {
		t.Errorf("instance %+v, load %+v", s.Cloud.Instances[1], s.Load[0])
	}
}

func TestOverrideErrorsPointIntoTheOverride(t *testing.T) {
	for override, want := range map[string]string{
		"time_scale":                     `--set:1:1: "time_scale" sets nothing (write path=value, as in time_scale=1 or load[0].rate=500/s)`,
		"time_scale=fast":                `--set:1:12: time_scale: "fast" is not a number (write a value from 1 to 1000)`,
		"time_scale=[":                   `--set:1:12: time_scale: "[" is no value (write a YAML value)`,
		"timescale=2":                    `--set:1:1: timescale: unknown key timescale (write time_scale)`,
		"rnu.duration=5s":                `--set:1:1: rnu.duration: the file has no rnu to set something in (did you mean run?)`,
		"load[7].rate=5/s":               `--set:1:1: load[7].rate: the file has no load[7] to set something in (there is: [0])`,
		"run.duration=5":                 `--set:1:14: run.duration: "5" is not a duration (write 5s)`,
		"run={duration: 5s, warmup: 1s}": `--set:1:20: run.warmup: unknown key warmup (write warm_up)`,
	} {
		_, diags := scenarios.DecodeWith("small.yaml", []byte(small), []string{override}, nil)
		if got := strings.TrimSpace(diags.String()); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", override, got, want)
		}
	}
}

// What a run keeps is the text that gives the same scenario again, without environment and
// overrides.
func TestResolvedTextGivesTheSameScenario(t *testing.T) {
	src := strings.Replace(small, "name: small", "name: small\ndescription: \"costs $${PRICE}\"", 1)
	s, diags := scenarios.DecodeWith("small.yaml", []byte(src), []string{"run.duration=5s"},
		variables("NETLAB_TEST_RATE", "500", "NETLAB_TEST_HOST", "ecs1"))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	again, diags := scenarios.Decode("small.yaml", s.Source.Resolved())
	if len(diags) > 0 {
		t.Fatalf("%s\n%s", diags, s.Source.Resolved())
	}
	if again.Load[0] != s.Load[0] || again.Run != s.Run || again.TimeScale != s.TimeScale || again.Description != s.Description {
		t.Errorf("got %+v %+v, want %+v %+v", again.Load[0], again.Run, s.Load[0], s.Run)
	}
	if !strings.Contains(string(s.Source.Resolved()), "# 20 s") {
		t.Errorf("comments are lost:\n%s", s.Source.Resolved())
	}
	plain := strings.ReplaceAll(small, "${", "$${")
	if s, _ := scenarios.Decode("small.yaml", []byte(plain)); string(s.Source.Resolved()) != plain {
		t.Error("a file without variables and overrides is not kept as it is")
	}
}
