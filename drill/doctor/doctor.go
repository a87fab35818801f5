// Package doctor finds out whether this machine can run labs. Every need is probed by doing the
// real thing in a sandbox that is thrown away: what a kernel's version or configuration promises
// counts for nothing.
package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"netlab/netlab/sandbox"
)

// Verb is the hidden verb of netlab that calls Inside.
const Verb = "examine"

// An Answer says whether a need is met.
type Answer string

const (
	Yes      Answer = "yes"
	No       Answer = "no"
	Fallback Answer = "fallback" // netlab works, less well
)

// A Finding is the answer to one need.
type Finding struct {
	Need   string `json:"need"`
	For    string `json:"for"` // what netlab does with it
	Answer Answer `json:"answer"`
	Detail string `json:"detail,omitempty"` // why not
	Fix    string `json:"fix,omitempty"`
}

// Examine checks a budget and then probes every need in a sandbox; where the budget does not fit, nothing is made.
func Examine(b Budget) ([]Finding, error) {
	budget := b.Check()
	if Missing(budget) != nil {
		return budget, nil
	}
	needs, err := examine()
	return append(budget, needs...), err
}

func examine() ([]Finding, error) {
	namespaces := Finding{Need: "namespaces", For: "a sandbox that leaves nothing behind", Answer: Yes}
	process, err := sandbox.Start(Verb)
	if err != nil {
		return []Finding{namespaces.refused(err)}, nil
	}
	defer process.Control.Close()
	var inside report
	decodeErr := json.NewDecoder(process.Reports).Decode(&inside)
	if err := errors.Join(decodeErr, process.Wait()); err != nil {
		return nil, fmt.Errorf("examine this machine: %w", err)
	}
	if inside.Refused != "" {
		return []Finding{namespaces.refused(errors.New(inside.Refused))}, nil
	}
	return append([]Finding{namespaces}, inside.Findings...), nil
}

func (f Finding) refused(err error) Finding {
	f.Answer, f.Detail = No, err.Error()
	if !errors.Is(err, sandbox.ErrNotPermitted) { // that one says what to do
		f.Fix = advice(err, "")
	}
	return f
}

type report struct {
	Findings []Finding `json:"findings"`
	Refused  string    `json:"refused,omitempty"` // why the sandbox could not be entered
}

// Inside is the inner process: it probes, reports and ends.
func Inside() error {
	_, reports, err := sandbox.Enter()
	if reports == nil {
		return err
	}
	r := report{}
	if err != nil {
		r.Refused = err.Error()
	} else {
		r.Findings = Probe(context.Background())
	}
	return json.NewEncoder(reports).Encode(r)
}

// Missing says which needs of a list are not met, or nil.
func Missing(findings []Finding) error {
	var errs []error
	for _, f := range findings {
		if f.Answer == No {
			err := fmt.Errorf("%s (for %s): %s", f.Need, f.For, f.Detail)
			if f.Fix != "" {
				err = fmt.Errorf("%w; %s", err, f.Fix)
			}
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
