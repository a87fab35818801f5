package compare

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"netlab/results"
	"netlab/results/figures"
	"netlab/scenarios"
)

// comparable refuses runs that have nothing to say about each other, and notes what else differs.
func (c *Comparison) comparable(a, b []*figures.Summary, unlike bool) error {
	all := slices.Concat(a, b)
	if err := distinct(all); err != nil {
		return err
	}
	first := all[0]
	for _, s := range all[1:] {
		if s.Scenario != first.Scenario {
			return fmt.Errorf("compare: runs of two scenarios, %s and %s", first.Scenario, s.Scenario)
		}
		if first.Made.Scenario == nil || s.Made.Scenario == nil {
			continue
		}
		if path := difference(first.Made.Scenario, s.Made.Scenario); path != "" {
			what := fmt.Sprintf("the scenario of %s differs from that of %s at %s", s.Dir, first.Dir, path)
			if !unlike {
				return fmt.Errorf("compare: %s: write --unlike to compare them all the same", what)
			}
			c.Notes = append(c.Notes, what)
		}
	}
	c.elsewhere(all)
	return nil
}

// distinct refuses a run that is there twice, be it as a copy: no two runs begin in the same nanosecond.
func distinct(all []*figures.Summary) error {
	seen := map[time.Time]string{}
	for _, s := range all {
		if s.Made.Scenario == nil {
			continue // nobody could read it
		}
		start := s.Started.UTC()
		if other, twice := seen[start]; twice {
			return fmt.Errorf("compare: %s and %s are one run: it says nothing of itself", other, s.Dir)
		}
		seen[start] = s.Dir
	}
	return nil
}

// elsewhere notes runs of other machines and other versions of netlab.
func (c *Comparison) elsewhere(all []*figures.Summary) {
	note := func(what string, of func(figures.Made) string) {
		var found []string
		for _, s := range all {
			if v := of(s.Made); v != "" && !slices.Contains(found, v) {
				found = append(found, v)
			}
		}
		if len(found) > 1 {
			c.Notes = append(c.Notes, fmt.Sprintf("the runs are of different %s: %s", what, strings.Join(found, ", ")))
		}
	}
	note("versions of netlab", func(m figures.Made) string { return m.Tool.Version })
	note("processors", func(m figures.Made) string { return m.Host.CPU })
	note("kernels", func(m figures.Made) string { return m.Host.Kernel })
	note("numbers of cores", func(m figures.Made) string {
		if m.Host == (results.Host{}) {
			return ""
		}
		return fmt.Sprint(m.Host.Cores)
	})
	note("congestion controls", func(m figures.Made) string { return m.Network.CongestionControl })
}

// difference is the first place in which two scenarios ask for something else, or "". The seed, the
// description and what is expected change nothing of what is measured.
func difference(a, b *scenarios.Scenario) string {
	return differs(reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem(), "")
}

var passedOver = []string{"Source", "Seed", "Description", "Expect", "Name"}

func differs(a, b reflect.Value, path string) string {
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return unless(a.IsNil() == b.IsNil(), path)
		}
		return differs(a.Elem(), b.Elem(), path)
	case reflect.Slice:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s, of which there are %d and %d", path, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if at := differs(a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", path, i)); at != "" {
				return at
			}
		}
		return ""
	case reflect.Struct:
		if !strings.HasPrefix(a.Type().PkgPath(), "netlab/") {
			break // an address or a prefix
		}
		for i := range a.NumField() {
			field := a.Type().Field(i)
			if !field.IsExported() || path == "" && slices.Contains(passedOver, field.Name) {
				continue
			}
			key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			if key == "" {
				key = path
			} else if path != "" {
				key = path + "." + key
			}
			if at := differs(a.Field(i), b.Field(i), key); at != "" {
				return at
			}
		}
		return ""
	}
	same := reflect.DeepEqual(a.Interface(), b.Interface())
	return unless(same, fmt.Sprintf("%s: %v and %v", path, a.Interface(), b.Interface()))
}

func unless(same bool, path string) string {
	if same {
		return ""
	}
	return path
}
