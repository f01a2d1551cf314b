//go:build unix

package native

import (
	"os/exec"
	"syscall"
)

// ownGroup lets a cancelled build take its compilers along.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// running tells whether a process is alive.
func running(pid int) bool { return syscall.Kill(pid, 0) != syscall.ESRCH }
