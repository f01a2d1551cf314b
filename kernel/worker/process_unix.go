//go:build unix

package worker

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup keeps the terminal's and the front end's signals away from the child: the kernel decides what an interrupt stops.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithUs(cmd.SysProcAttr)
}

// kill ends the child and everything that its cells started.
func kill(cmd *exec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// rest is what is left in a pipe that others may still hold open.
func rest(f *os.File) (text []byte) {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil
	}
	conn.Control(func(fd uintptr) {
		if syscall.SetNonblock(int(fd), true) != nil {
			return
		}
		buf := make([]byte, 4<<10)
		for len(text) < 1<<20 { // the size of the pipe
			n, err := syscall.Read(int(fd), buf)
			if n <= 0 || err != nil {
				return
			}
			text = append(text, buf[:n]...)
		}
	})
	return text
}
