package results

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"netlab/sim/event"
)

// An eventsHead is the first line of events.jsonl. Bundles that have none are of version 1.
type eventsHead struct {
	Schema string `json:"schema"`
}

// eventsHeadLine is the head as events.jsonl has it.
func eventsHeadLine() []byte {
	line, err := json.Marshal(eventsHead{event.Schema})
	if err != nil {
		panic(err) // a string can be encoded
	}
	return append(line, '\n')
}

// decodeEvents reads an event stream of this version or of the first. Cut is the number of the line
// in whose middle the stream ends, 0 when it is whole.
func decodeEvents(r io.Reader) (events []event.Event, cut int, err error) {
	lines := bufio.NewReader(r)
	decode := decodeEvent
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if len(line) > 0 {
				cut = n
			}
			return events, cut, nil
		}
		if err != nil {
			return nil, 0, err
		}
		if n == 1 {
			var head eventsHead
			if err := json.Unmarshal(line, &head); err != nil {
				return nil, 0, fmt.Errorf("line 1: %w", err)
			}
			switch head.Schema {
			case event.Schema:
				continue
			case "":
				decode = decodeEventV1
			default:
				return nil, 0, fmt.Errorf("line 1: schema is %q, this netlab reads %q", head.Schema, event.Schema)
			}
		}
		e, err := decode(line)
		if err != nil {
			return nil, 0, fmt.Errorf("line %d: %w", n, err)
		}
		events = append(events, e)
	}
}

func decodeEvent(line []byte) (e event.Event, err error) {
	err = json.Unmarshal(line, &e)
	return e, err
}
