package protocol

import (
	"slices"
	"testing"
)

func TestWhatTheRegistrySays(t *testing.T) {
	seen := map[Name]bool{}
	for p := range All() {
		switch again, known := Of(p.Name); {
		case seen[p.Name]:
			t.Errorf("%s stands there twice", p.Name)
		case !known || again.Name != p.Name:
			t.Errorf("%s is not found by its name", p.Name)
		case p.Request == "":
			t.Errorf("nobody says what a request of %s is", p.Name)
		case len(p.Engines) == 0:
			t.Errorf("no engine speaks %s", p.Name)
		case p.Probe && !p.Load:
			t.Errorf("probes may speak %s, and loads may not", p.Name)
		case p.Probe && p.Path:
			t.Errorf("a probe of %s asks for a path", p.Name)
		case p.Keeps != (p.Connections > 0):
			t.Errorf("%s: keeps connections: %v, and so many: %d", p.Name, p.Keeps, p.Connections)
		}
		seen[p.Name] = true
		for _, e := range engines {
			if e.Speaks(p.Name) != slices.Contains(p.Engines, e) {
				t.Errorf("%s speaks %s: %v", e, p.Name, e.Speaks(p.Name))
			}
		}
		for _, e := range p.Engines {
			if !e.Known() {
				t.Errorf("%s is spoken by %s, which nobody knows", p.Name, e)
			}
		}
	}
	if _, known := Of("gopher"); known {
		t.Error("gopher is known")
	}
	for _, e := range engines {
		if !slices.ContainsFunc(all, func(p Protocol) bool { return slices.Contains(p.Engines, e) }) {
			t.Errorf("engine %s speaks nothing", e)
		}
	}
}

func TestList(t *testing.T) {
	for want, names := range map[string][]Engine{"": nil, "epoll": {Epoll}, "epoll or hey": {Epoll, Hey},
		"epoll, io_uring or hey": {Epoll, IOUring, Hey}} {
		if got := List(names); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
