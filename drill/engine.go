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

// chooseEngine makes the engine that a stream asks for, or else the first that speaks its protocol, and
// notes which it is.
func chooseEngine(ctx context.Context, s *results.Sender, speaks protocol.Name, chosen protocol.Engine) (loadgen.Engine, error) {
	if chosen == "" {
		chosen = protocol.Default(speaks)
	}
	s.Engine = string(chosen)
	e, err := engine.New(ctx, chosen)
	if errors.Is(err, errors.ErrUnsupported) {
		err = fmt.Errorf("%w: %w", ErrLacking, err)
	}
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", s.Name, err)
	}
	return e, nil
}
