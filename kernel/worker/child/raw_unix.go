//go:build unix

package child

import (
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"joule/kernel/worker/pipe"
)

// A rawPipe stands in the place of a standard descriptor. It is emptied by whoever sends something, so that its text keeps its
// place among what the cells print, and by a goroutine of its own when nobody does.
type rawPipe struct {
	name string
	fd   int
	file *os.File
}

// capture takes over what is written to descriptors 1 and 2, which are pipes: the kernel has both of their ends too, and reads
// what is left in them when this process is dead. A descriptor apart is for what the runtime says when it dies.
func (s *sender) capture() error {
	s.crash = os.NewFile(crashFD, "crash")
	if err := debug.SetCrashOutput(s.crash, debug.CrashOptions{}); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	for _, p := range []*rawPipe{{name: "stdout", fd: rawFD}, {name: "stderr", fd: rawFD + 1}} {
		if err := syscall.SetNonblock(p.fd, true); err != nil {
			return fmt.Errorf("worker: %w", err)
		}
		p.file = os.NewFile(uintptr(p.fd), p.name)
		growPipe(p.fd)
		conn, err := p.file.SyscallConn()
		if err != nil {
			return fmt.Errorf("worker: %w", err)
		}
		s.raw = append(s.raw, p)
		go func() {
			conn.Read(func(uintptr) bool {
				// What a process says that dies now is left for the kernel to read.
				time.Sleep(batchTime)
				s.mu.Lock()
				defer s.mu.Unlock()
				s.drainOne(p)
				s.flush()
				return false // wait until there is more
			})
		}()
	}
	return nil
}

// last says why the process is about to end, where the kernel finds what the runtime says when it dies.
func (s *sender) last(why string) {
	s.send(pipe.Reply{}) // everything before it goes first
	s.crash.WriteString(why + "\n")
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

// polled lets goroutines wait for descriptors without a thread each: the scheduler would watch over threads that wait. Where it is
// not possible they wait as they are.
func polled(fds ...int) {
	for _, fd := range fds {
		syscall.SetNonblock(fd, true)
	}
}
