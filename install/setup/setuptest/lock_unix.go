//go:build unix

package setuptest

import (
	"os"
	"syscall"
)

// flock waits for the lock on f. Closing f, or the end of the process, lets go of it.
func flock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }
