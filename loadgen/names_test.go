package loadgen

import (
	"fmt"
	"testing"
)

func TestNames(t *testing.T) {
	names := newNames()
	for _, want := range []string{"ecs2", "ecs3", "ecs2"} {
		if got := names.list[names.number([]byte(want))]; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if len(names.list) != 3 {
		t.Errorf("names %q", names.list)
	}
	for i := range 2 * maxNames {
		names.number([]byte(fmt.Sprint(i)))
	}
	if len(names.list) != maxNames {
		t.Errorf("%d names kept", len(names.list))
	}
}
