//go:build unix

package child

import (
	"fmt"
	"os"
	"runtime/debug"
	"syscall"

	"golang.org/x/sys/unix"
)

// A rawPipe stands in the place of a standard descriptor. It is emptied by whoever sends something, so that its text keeps its
// place among what the cells print, and by a goroutine of its own when nobody does.
type rawPipe struct {
	name string
	fd   int
	file *os.File
}

// capture puts pipes of our own in the place of descriptors 1 and 2. The kernel's descriptor 2 is kept for what the runtime
// says when it dies.
func (s *sender) capture() error {
	kept, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 10)
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	last := os.NewFile(uintptr(kept), "crash")
	if err := debug.SetCrashOutput(last, debug.CrashOptions{}); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	for fd, name := range map[int]string{1: "stdout", 2: "stderr"} {
		r, w, err := os.Pipe()
		if err != nil {
			return fmt.Errorf("worker: %w", err)
		}
		if err := unix.Dup2(int(w.Fd()), fd); err != nil { // Fd makes it blocking: a writer waits until there is room
			return fmt.Errorf("worker: %w", err)
		}
		w.Close()
		p := &rawPipe{name: name, file: r}
		conn, err := r.SyscallConn()
		if err != nil {
			return fmt.Errorf("worker: %w", err)
		}
		if err := conn.Control(func(fd uintptr) { p.fd = int(fd); growPipe(p.fd) }); err != nil {
			return fmt.Errorf("worker: %w", err)
		}
		s.raw = append(s.raw, p)
		go func() {
			conn.Read(func(uintptr) bool {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.drainOne(p)
				return false // wait until there is more
			})
		}()
	}
	return nil
}

// drain moves what the raw pipes hold to the pending text. The lock is held.
func (s *sender) drain() {
	for _, p := range s.raw {
		s.drainOne(p)
	}
}

func (s *sender) drainOne(p *rawPipe) {
	var buf [4096]byte
	for {
		n, err := syscall.Read(p.fd, buf[:])
		if n <= 0 || err != nil {
			return // EAGAIN: the pipe is empty
		}
		s.add(s.newest(), p.name, buf[:n])
	}
}

func closeOnExec(fds ...int) {
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
	}
}
