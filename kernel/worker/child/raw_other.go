//go:build !unix

package child

import "os"

// A rawPipe exists only where descriptors can be replaced.
type rawPipe struct{}

func (s *sender) capture() error { return nil }
func (s *sender) drain()         {}

func (s *sender) last(why string) { os.Stderr.WriteString(why + "\n") }

func closeOnExec(...int) {}

func polled(...int) {}
