package render

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// The parts of JUnit's XML that CI systems agree on.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Time      string      `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr"`
		Cases     []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitOutcome `xml:"failure,omitempty"`
		Error   *junitOutcome `xml:"error,omitempty"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitOutcome struct {
		Message string `xml:"message,attr"`
	}
)

var _ = register(Format{
	Name: "junit", Help: "test results: a case for each expectation, each proof and the measurement's validity", Order: 5,
	Write: writeJUnit,
})

// writeJUnit writes the run as a test suite: a case for each expectation, for each proof, and for the
// measurement's validity, which is an error (of the machine) and not a failure (of the service).
func writeJUnit(w io.Writer, report *Report) error {
	s := report.Summary
	suite := junitSuite{
		Name: "netlab." + s.Scenario, Time: fmt.Sprintf("%.3f", s.MeasuredS),
		Timestamp: s.Started.Format("2006-01-02T15:04:05"),
	}
	add := func(c junitCase) {
		suite.Tests++
		if c.Failure != nil {
			suite.Failures++
		}
		if c.Error != nil {
			suite.Errors++
		}
		suite.Cases = append(suite.Cases, c)
	}
	for _, e := range s.Expectations {
		c := junitCase{Class: suite.Name + ".expect", Name: e.Expr, Output: "measured " + e.Actual}
		if !e.Pass {
			c.Failure = &junitOutcome{"measured " + e.Actual}
		}
		add(c)
	}
	for _, check := range s.Checks {
		c := junitCase{Class: suite.Name + ".reach", Name: check.Path + " " + check.Wanted, Output: check.Why}
		if !check.Pass() {
			c.Failure = &junitOutcome{fmt.Sprintf("is %s: %s", check.Result, check.Why)}
		}
		add(c)
	}
	valid := junitCase{Class: suite.Name, Name: "the measurement is valid"}
	if !s.Validity.Valid {
		valid.Error = &junitOutcome{strings.Join(s.Validity.Problems, "; ")}
	}
	add(valid)

	var out bytes.Buffer
	out.WriteString(xml.Header)
	encoder := xml.NewEncoder(&out)
	encoder.Indent("", "  ")
	if err := encoder.Encode(junitSuites{Suites: []junitSuite{suite}}); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	out.WriteByte('\n')
	_, err := w.Write(out.Bytes())
	return err
}
