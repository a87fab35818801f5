package drill

import (
	"context"
	"errors"
	"fmt"

	"netlab/loadgen"
	"netlab/loadgen/engine"
	"netlab/results"
	"netlab/scenarios/protocol"
)

// engines are those of one run, each made once: to probe some takes a process.
type engines map[protocol.Engine]loadgen.Engine

// choose gives the engine that a stream asks for, or else the first that speaks its protocol, and notes
// which it is.
func (all engines) choose(ctx context.Context, s *results.Sender, speaks protocol.Name, asked protocol.Engine) (loadgen.Engine, error) {
	name := asked
	if name == "" {
		name = protocol.Default(speaks)
	}
	s.Engine = string(name)
	if e, made := all[name]; made {
		return e, nil
	}
	e, err := engine.New(ctx, name)
	if errors.Is(err, errors.ErrUnsupported) {
		err = fmt.Errorf("%w: %w", ErrLacking, err)
	}
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", s.Name, err)
	}
	all[name] = e
	return e, nil
}
