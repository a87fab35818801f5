package impair

import "math"

// Tolerate makes the engine send frames however late they are, so that a test on a busy machine sees
// only the losses that it asked for.
func (e *Engine) Tolerate() { e.do(func() { e.patience = math.MaxInt64 }) }

// Pause stops the engine's thread until resume is called.
func (e *Engine) Pause() (resume func()) {
	paused, on := make(chan struct{}), make(chan struct{})
	go e.do(func() {
		close(paused)
		<-on
	})
	<-paused
	return func() { close(on) }
}
