package live

import (
	"bytes"
	"regexp"
	"testing"
	"time"

	"netlab/scenarios/visible/visibletest"
	"netlab/sim/event"
)

func TestHostileEventsAreShown(t *testing.T) {
	for _, last := range told(25 * time.Second) {
		if last.What == nil {
			continue
		}
		visibletest.Spoil(&last)
		failed := event.Event{At: last.At + 1, What: event.Failure{Text: visibletest.Hostile}}
		for _, colour := range []bool{false, true} {
			var picture, lines bytes.Buffer
			screen := NewScreen(&picture, func() (int, int) { return 2000, 50 }, decode(t, "../../scenarios/frankfurt.yaml"), colour)
			screen.Event(last)
			screen.Event(failed)
			// Its own control sequences hide the cursor and lead to the beginning; what stands between them is text.
			painted := own.ReplaceAllString(picture.String(), "")
			visibletest.Check(t, "picture", painted, colour)
			told := NewLines(&lines)
			told.Event(last)
			told.Event(failed)
			visibletest.Check(t, "lines", lines.String(), false)
		}
	}
}

// own are the screen's sequences.
var own = regexp.MustCompile("\x1b\\[\\?(25|2026)[hl]|\r?\x1b\\[[0-9]+A|\x1b\\[[KJ]|\r\n")
