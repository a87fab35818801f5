package expect

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var figures = map[string]float64{
	"load.web.success_ratio": 0.9,
	"load.web.p99":           0.25,
	"load.web.rate":          1000,
	"fault.down.blackout":    3.5,
	"fault.down.recovered":   1,
}

func measured(name string) (float64, error) {
	v, ok := figures[name]
	if !ok {
		return 0, errors.New("not measured")
	}
	return v, nil
}

func TestEval(t *testing.T) {
	for src, want := range map[string]bool{
		"load.web.success_ratio == 90%":                                   true,
		"load.web.success_ratio >= 0.9":                                   true,
		"load.web.success_ratio == 100%":                                  false,
		"load.web.p99 <= 250ms":                                           true,
		"load.web.p99 < 250ms":                                            false,
		"load.web.p99 != 0.25s":                                           false,
		"load.web.rate >= 1000/s":                                         true,
		"fault.down.blackout <= 3500ms":                                   true,
		"fault.down.blackout > 3.5s":                                      false,
		"fault.down.recovered":                                            true,
		"not fault.down.recovered":                                        false,
		"not not fault.down.recovered":                                    true,
		"fault.down.recovered == false":                                   false,
		"fault.down.blackout > 4s or fault.down.recovered":                true,
		"fault.down.blackout > 4s and fault.down.recovered":               false,
		"fault.down.recovered or fault.down.recovered and 1 > 2":          true, // and binds tighter
		"(fault.down.recovered or fault.down.recovered) and 1 > 2":        false,
		"not (fault.down.blackout > 4s) and not fault.down.blackout < 3s": true,
		"0s < fault.down.blackout":                                        true,
	} {
		e, err := Parse(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		got, err := e.Eval(measured)
		if err != nil || got.Pass != want {
			t.Errorf("%s: pass %v, %v; want %v", src, got.Pass, err, want)
		}
	}
}

func TestEvalShowsEveryFigure(t *testing.T) {
	e, err := Parse("fault.down.recovered or load.web.p99 < 1ms or fault.down.recovered")
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Eval(measured)
	want := Outcome{Pass: true, Actual: []Actual{{"fault.down.recovered", 1}, {"load.web.p99", 0.25}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

func TestAFigureWithoutValueIsNoPass(t *testing.T) {
	e, err := Parse("not load.web.p50 > 1s")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Eval(measured); err == nil || err.Error() != "evaluate load.web.p50: not measured" {
		t.Errorf("unmeasured: %v", err)
	}
	nan := func(string) (float64, error) { z := 0.0; return z / z, nil }
	if _, err := e.Eval(nan); err == nil || err.Error() != "evaluate load.web.p50: it has no value" {
		t.Errorf("NaN: %v", err)
	}
}

func TestParseErrors(t *testing.T) {
	for src, want := range map[string]string{
		"":                                 "column 1: expected a figure or a number, found end of the expression",
		"load.web.p99 <=":                  "column 16: expected a figure or a number, found end of the expression",
		"load.web.p99 <= 3 s":              `column 19: unexpected "s"`,
		"load.web.p99 = 3s":                "column 14: unknown operator =",
		"load.web.p99 && 3s":               "column 14: unknown operator &&",
		"load.web.p99 <= 3x":               `column 17: unknown unit "x"`,
		"load.web.p99 <= 1.2.3s":           `column 17: "1.2.3s" is not a number`,
		"(load.web.p99 <= 3s":              "column 20: expected ), found end of the expression",
		"load.web.p99 <= 3s)":              `column 19: unexpected ")"`,
		"1s < load.web.p99 < 2s":           "column 19: comparisons can't be chained",
		"load.web.p99 <= 3s or":            "column 22: expected a figure or a number, found end of the expression",
		"load.web.p99 # 3s":                "column 14: unexpected '#'",
		"and load.web.p99":                 `column 1: expected a figure or a number, found "and"`,
		strings.Repeat("(", 1000):          "column 101: too deeply nested",
		strings.Repeat("x", 5000):          "column 1: the expectation has 5000 characters",
		strings.Repeat("not ", 1000) + "x": "column 401: too deeply nested",
	} {
		if _, err := Parse(src); err == nil || err.Error() != want {
			t.Errorf("%.40s: got %v, want %s", src, err, want)
		}
	}
}

func TestCheckComparesLikeWithLike(t *testing.T) {
	scope := Scope{Loads: []string{"web"}, Probes: []string{"reach"}, Faults: []string{"down"}, Instances: []string{"ecs-1"}}
	for src, want := range map[string]string{
		"load.web.p99 <= 3s":                             "",
		"load.web.during.errors.refused == 0":            "",
		"load.web.errors.status == 0":                    "",
		"load.web.share.ecs-1 >= 49%":                    "",
		"probe.reach.blackout < 1s":                      "",
		"probe.reach.after.p50 < probe.reach.before.p50": "",
		"fault.down.blackout == 0":                       "",
		"load.web.success_ratio > 0.99":                  "",
		"fault.down.recovered == true":                   "",
		"load.web.p99 <= 3":                              "column 14: can't compare a duration with a plain number",
		"load.web.p99 <= 3%":                             "column 14: can't compare a duration with a ratio",
		"fault.down.recovered == 1":                      "column 22: can't compare true or false with a plain number",
		"load.web.p99":                                   "column 1: a duration is no expectation",
		"fault.down.recovered and load.web.p99":          "column 26: expected a comparison, found a duration",
		"not load.web.p99":                               "column 5: expected a comparison, found a duration",
		"load.app.p99 <= 3s":                             `column 1: "load.app.p99" names nothing: no load "app"`,
		"1s > load.web.p98":                              `column 6: "load.web.p98" names nothing: no figure of a load "p98"`,
		"probe.reach.before.blackout < 1s": `column 1: "probe.reach.before.blackout" names nothing: ` +
			`no figure of a probe "blackout"`,
		"fault.down.before.blackout < 1s": `column 1: "fault.down.before.blackout" names nothing: ` +
			`no figure of a fault "before.blackout"`,
		"load.web.share.ecs2 == 50%": `column 1: "load.web.share.ecs2" names nothing: no instance "ecs2"`,
	} {
		e, err := Parse(src)
		if err == nil {
			err = e.Check(scope.Unit)
		}
		if got := text(err); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
