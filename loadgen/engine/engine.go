// Package engine makes the engines by the names that package protocol gives them.
package engine

import (
	"context"
	"fmt"

	"netlab/loadgen"
	"netlab/loadgen/worker"
	"netlab/scenarios/protocol"
)

// makers are every engine's.
var makers = map[protocol.Engine]func() loadgen.Engine{
	protocol.Epoll:    loadgen.NewEpoll,
	protocol.IOUring:  loadgen.NewIOUring,
	protocol.Standard: worker.Standard,
	protocol.Hey:      worker.Hey,
}

// New makes an engine that this machine can run. The error wraps errors.ErrUnsupported where the machine
// lacks what the engine needs.
func New(ctx context.Context, name protocol.Engine) (loadgen.Engine, error) {
	e := makers[name]()
	if err := e.Probe(ctx); err != nil {
		return nil, fmt.Errorf("engine %s: %w", name, err)
	}
	return e, nil
}
