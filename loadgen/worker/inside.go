package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"netlab/loadgen"
	"netlab/scenarios/protocol"
)

// Inside is the worker process: it does the one job that it is told on standard input.
func Inside() error {
	in, out := json.NewDecoder(os.Stdin), newTeller(os.Stdout)
	var j job
	if err := in.Decode(&j); errors.Is(err, io.EOF) {
		return nil // only probed
	} else if err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	due := make(chan int64, 4096)
	if !j.Closed {
		go schedule(ctx, in, j.Plan.Start, due)
	}
	var acct loadgen.Accounting
	var err error
	switch j.Client {
	case protocol.Standard:
		acct, err = runStandard(ctx, j, due, out)
	case protocol.Hey:
		acct, err = runHey(ctx, j, out)
	default:
		err = fmt.Errorf("unknown client %q", j.Client)
	}
	return out.end(acct, err)
}

// schedule passes on the instants that come on standard input.
func schedule(ctx context.Context, in *json.Decoder, zero int64, due chan<- int64) {
	defer close(due)
	for {
		var batch instants
		if in.Decode(&batch) != nil {
			return // the starter is gone, and so is this process
		}
		for _, at := range batch.Due {
			select {
			case due <- zero + at:
			case <-ctx.Done():
				return
			}
		}
		if batch.Last {
			return
		}
	}
}

// A teller hands samples over to the starter, many at a time.
type teller struct {
	samples chan loadgen.Sample
	done    chan error
	enc     *json.Encoder
}

func newTeller(w io.Writer) *teller {
	t := &teller{samples: make(chan loadgen.Sample, 4096), done: make(chan error, 1), enc: json.NewEncoder(w)}
	go func() { t.done <- t.run() }()
	return t
}

func (t *teller) run() error {
	const often = 20 * time.Millisecond
	tick := time.NewTicker(often)
	defer tick.Stop()
	var batch []loadgen.Sample
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := t.enc.Encode(message{Samples: pack(batch)})
		batch = batch[:0]
		return err
	}
	for {
		select {
		case s, more := <-t.samples:
			if !more {
				return flush()
			}
			if batch = append(batch, s); len(batch) < 512 {
				continue
			}
		case <-tick.C:
		}
		if err := flush(); err != nil {
			return fmt.Errorf("hand over samples: %w", err)
		}
	}
}

// Record may be called from any goroutine.
func (t *teller) Record(s *loadgen.Sample) { t.samples <- *s }

// end hands over the books, or why there are none.
func (t *teller) end(acct loadgen.Accounting, failure error) error {
	close(t.samples)
	if err := <-t.done; err != nil {
		return err
	}
	m := message{Accounting: &acct}
	if failure != nil {
		m = message{Err: failure.Error()}
	}
	if err := t.enc.Encode(m); err != nil {
		return fmt.Errorf("hand over the books: %w", err)
	}
	return nil
}
