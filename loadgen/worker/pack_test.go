package worker

import (
	"encoding/json"
	"math"
	"reflect"
	"syscall"
	"testing"

	"netlab/loadgen"
)

// What a worker says comes over as it was said.
func TestMessagesComeOver(t *testing.T) {
	said := []loadgen.Sample{
		{Intended: 1, Sent: 2, FirstByte: 3, Done: math.MaxInt64, Conn: 7, Server: 1, Status: 503, Phase: loadgen.PhaseBody,
			Errno: syscall.ECONNRESET},
		{Intended: -1},
	}
	books := loadgen.Accounting{Offered: 2, Failed: map[loadgen.Failure]uint64{{Phase: loadgen.PhaseConnect,
		Errno: syscall.ECONNREFUSED}: 3}, Servers: []string{"", "ecs2"}}
	text, err := json.Marshal(message{Samples: pack(said), Accounting: &books})
	if err != nil {
		t.Fatal(err)
	}
	var heard message
	if err := json.Unmarshal(text, &heard); err != nil {
		t.Fatal(err)
	}
	samples, err := unpack(heard.Samples)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(samples, said) || !reflect.DeepEqual(*heard.Accounting, books) {
		t.Errorf("heard %+v and %+v", samples, heard.Accounting)
	}
	if _, err := unpack(make([]byte, sampleSize-1)); err == nil {
		t.Error("a part of a sample was taken for one")
	}
}
