package impair

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
