package scenarios

import (
	"slices"
	"strings"
)

// A form is one way to fill in a mapping: these keys, and perhaps those, of which [Type] stands for all of an inlined
// type.
type form struct{ needs, allows []string }

// parseForm reads "clb_cluster zone [mode]".
func parseForm(text string) form {
	var f form
	for _, word := range strings.Fields(text) {
		if key, ok := strings.CutPrefix(word, "["); ok {
			f.allows = append(f.allows, strings.TrimSuffix(key, "]"))
		} else {
			f.needs = append(f.needs, word)
		}
	}
	return f
}

// expand puts the keys of inlined types in for their names.
func (f *form) expand(inlined map[string][]string) {
	var allows []string
	for _, key := range f.allows {
		if keys, known := inlined[key]; known {
			allows = append(allows, keys...)
		} else {
			allows = append(allows, key)
		}
	}
	f.allows = allows
}

func (f form) has(key string) bool {
	return slices.Contains(f.needs, key) || slices.Contains(f.allows, key)
}

func (f form) String() string {
	if len(f.needs) == 0 {
		return strings.Join(f.allows, " or ")
	}
	return strings.Join(f.needs, " with ")
}

// first is the first of the used keys that belong to the form.
func (f form) first(used []string) string {
	for _, key := range used {
		if f.has(key) {
			return key
		}
	}
	return f.String()
}

// missing is the first needed key that is not there, or "".
func (f form) missing(present map[string]bool) string {
	for _, key := range f.needs {
		if !present[key] {
			return key
		}
	}
	return ""
}

// form checks that the keys of a mapping go together.
func (d *decoder) form(n *node, path *crumb, s *shape, present map[string]bool) {
	var used []string // keys that belong to some form, in the order of the file
	for _, e := range n.entries {
		if slices.ContainsFunc(s.forms, func(f form) bool { return f.has(e.key) }) {
			used = append(used, e.key)
		}
	}
	var best form // the one that most keys belong to
	most := -1
	for _, f := range s.forms {
		hits := 0
		for _, key := range used {
			if f.has(key) {
				hits++
			}
		}
		if hits == len(used) && f.missing(present) == "" {
			return
		}
		if hits > most {
			best, most = f, hits
		}
	}
	if len(s.forms) == 0 {
		return
	}
	var choices []string
	for _, f := range s.forms {
		choices = append(choices, f.String())
	}
	all := "one of: " + strings.Join(choices, ", ")
	for _, key := range used {
		if !best.has(key) {
			d.report(d.errorAt(n, path, "%s does not go with %s", key, best.first(used)).Advise("%s", all))
			return
		}
	}
	if len(used) == 0 {
		d.report(d.errorAt(n, path, "nothing is asked for").Advise("%s", all))
		return
	}
	d.report(d.errorAt(n, path, "%s needs %s", used[0], best.missing(present)).Advise("add %s: …", best.missing(present)))
}
