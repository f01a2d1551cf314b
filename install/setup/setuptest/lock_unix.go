//go:build unix

package setuptest

import (
	"os"
	"syscall"
)

// flock waits for the lock on f. Closing f, or the end of the process, lets go of it.
func flock(f *os.File) error { return flockHow(f, syscall.LOCK_EX) }

// share waits for a lock on f that any number can have.
func share(f *os.File) error { return flockHow(f, syscall.LOCK_SH) }

// unused tells whether nobody has a lock on f, and takes it.
func unused(f *os.File) bool { return flockHow(f, syscall.LOCK_EX|syscall.LOCK_NB) == nil }

func flockHow(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); err != syscall.EINTR {
			return err
		}
	}
}
