package words_test

import (
	"fmt"

	"netlab/results/words"
	"netlab/sim/event"
)

func ExampleNarrate() {
	fmt.Println(words.Narrate(event.Event{What: event.Check{
		From: "ecs1", To: "ep:80", Want: event.Blocked, Got: event.Blocked, Why: "the connection is not accepted yet",
	}}))
	// Output: proved: ecs1 → ep:80 blocked: the connection is not accepted yet
}

func ExampleBounds() {
	fmt.Println(words.Bounds(2984, 2986))
	fmt.Println(words.Bounds(0, 2))
	// Output:
	// 2.984 s – 2.986 s
	// less than 2.00 ms
}
