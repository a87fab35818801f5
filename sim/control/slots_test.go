package control_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"netlab/sim/control"
)

func TestWRR(t *testing.T) {
	for _, test := range []struct {
		name    string
		weights []int
		want    []int
	}{
		{"equal weights alternate", []int{100, 100}, []int{0, 1}},
		{"double weight, double turns", []int{100, 50}, []int{0, 1, 0}},
		{"a heavy server's turns are spread out", []int{5, 1, 1}, []int{0, 0, 1, 0, 2, 0, 0}},
		{"weight 0 has no slot", []int{100, 0, 100}, []int{0, 2}},
		{"one server", []int{7}, []int{0}},
		{"nobody healthy", []int{0, 0}, nil},
		{"no server", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := control.WRR(test.weights); !slices.Equal(got, test.want) {
				t.Errorf("WRR(%v) = %v, want %v", test.weights, got, test.want)
			}
		})
	}
}

var weights = rapid.SliceOfN(rapid.IntRange(0, 100), 1, 30)

func TestWRRSharesAreExactAndSmooth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := weights.Draw(t, "weights")
		slots := control.WRR(weights)
		total := 0
		for _, w := range weights {
			total += w
		}
		if (total == 0) != (len(slots) == 0) {
			t.Fatalf("total weight %d, %d slots", total, len(slots))
		}
		turns := make([]int, len(weights))
		for n, i := range slots {
			turns[i]++
			// turns ≤ share + 1 after every turn, in whole numbers
			if turns[i]*total >= (n+1)*weights[i]+total {
				t.Fatalf("after %d turns server %d is a whole turn ahead of its share: %v", n+1, i, slots[:n+1])
			}
		}
		for i, w := range weights {
			if turns[i]*total != len(slots)*w {
				t.Fatalf("server %d of weight %d has %d of %d slots, weights %v", i, w, turns[i], len(slots), weights)
			}
		}
	})
}

func TestRoundRobinIgnoresWeights(t *testing.T) {
	if got, want := control.RoundRobin([]int{100, 0, 1, 50}), []int{0, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("RoundRobin = %v, want %v", got, want)
	}
}

func TestMaglevSharesFollowTheWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := weights.Draw(t, "weights")
		size := rapid.IntRange(1, 5000).Draw(t, "size")
		slots := control.Maglev(serverNames(len(weights)), weights, size, rapid.Uint64().Draw(t, "seed"))
		total := 0
		for _, w := range weights {
			total += w
		}
		if total == 0 {
			if slots != nil {
				t.Fatalf("nobody healthy, yet %d slots", len(slots))
			}
			return
		}
		if len(slots) != size {
			t.Fatalf("%d slots, want %d", len(slots), size)
		}
		got := make([]int, len(weights))
		for _, i := range slots {
			got[i]++
		}
		for i, w := range weights {
			if (got[i]-1)*total >= size*w && got[i] > 0 {
				t.Fatalf("server %d of weight %d/%d has %d of %d slots: more than its share rounded up", i, w, total, got[i], size)
			}
		}
	})
}

// The bound that Maglev's comment gives: besides the flows of the server that goes, fewer than 5 %
// move to another one.
func TestMaglevMovesFewFlowsWhenAServerGoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "servers")
		gone := rapid.IntRange(0, n-1).Draw(t, "gone")
		seed := rapid.Uint64().Draw(t, "seed")
		weights := slices.Repeat([]int{100}, n)
		before := control.Maglev(serverNames(n), weights, control.HashSlots, seed)
		weights[gone] = 0
		after := control.Maglev(serverNames(n), weights, control.HashSlots, seed)
		moved := 0
		for slot := range before {
			if after[slot] == gone {
				t.Fatalf("slot %d still goes to the server that is gone", slot)
			}
			if before[slot] != gone && before[slot] != after[slot] {
				moved++
			}
		}
		if limit := control.HashSlots / 20; moved >= limit {
			t.Fatalf("%d servers: %d slots of servers that stay have moved, want fewer than %d", n, moved, limit)
		}
	})
}

func TestMaglevDoesNotDependOnTheOrderOfServers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := weights.Draw(t, "weights")
		seed := rapid.Uint64().Draw(t, "seed")
		names := serverNames(len(weights))
		order := rapid.Permutation(identity(len(weights))).Draw(t, "order")
		shuffledNames, shuffledWeights := make([]string, len(names)), make([]int, len(names))
		for to, from := range order {
			shuffledNames[to], shuffledWeights[to] = names[from], weights[from]
		}
		a := control.Maglev(names, weights, 509, seed)
		b := control.Maglev(shuffledNames, shuffledWeights, 509, seed)
		for slot := range a {
			if names[a[slot]] != shuffledNames[b[slot]] {
				t.Fatalf("slot %d: %s in one order, %s in the other", slot, names[a[slot]], shuffledNames[b[slot]])
			}
		}
	})
}

func TestSlotsOfAScheduler(t *testing.T) {
	names, weights := []string{"ecs2", "ecs3"}, []int{100, 50}
	for scheduler, want := range map[string]int{"wrr": 3, "rr": 2, "sch": control.HashSlots, "tch": control.HashSlots} {
		slots, err := control.Slots(scheduler, names, weights, 42)
		if err != nil || len(slots) != want {
			t.Errorf("Slots(%s): %d slots, error %v; want %d", scheduler, len(slots), err, want)
		}
	}
	_, err := control.Slots("wlc", names, weights, 42)
	if want := `compute slots: scheduler "wlc" is none of wrr, rr, sch, tch`; err == nil || err.Error() != want {
		t.Errorf("Slots(wlc): error %v, want %s", err, want)
	}
}

func serverNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("ecs%d", i)
	}
	return names
}

func identity(n int) []int {
	is := make([]int, n)
	for i := range is {
		is[i] = i
	}
	return is
}
