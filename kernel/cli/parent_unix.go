//go:build unix

package cli

import (
	"errors"
	"os"
	"syscall"
)

// parentGone returns a question: has the process pid, for which this one was started, ended? Where pid is the parent, the answer
// does not depend on whether another process has got its number since.
func parentGone(pid int) func() bool {
	if os.Getppid() == pid {
		return func() bool { return os.Getppid() != pid }
	}
	return func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
}
