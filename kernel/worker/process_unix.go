//go:build unix

package worker

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps the terminal's and the front end's signals away from the child: the kernel decides what an interrupt stops.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// kill ends the child and everything that its cells started.
func kill(cmd *exec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
