//go:build !unix

package child

// A rawPipe exists only where descriptors can be replaced.
type rawPipe struct{}

func (s *sender) capture() error { return nil }
func (s *sender) drain()         {}

func closeOnExec(...int) {}
