//go:build unix

package magic

import (
	"os"
	"sync"
	"syscall"

	"joule/kernel"
)

// A pump copies what a command writes to one stream of a cell. Whatever the command had written when it ended is shown before
// anything that follows it in the cell, however late the pump's own goroutine gets its turn.
type pump struct {
	r      *os.File // the reading end of a pipe
	stream string
	out    kernel.Output

	mu  sync.Mutex // held from the read to the end of what is done with it
	buf []byte
}

func newPump(r *os.File, stream string, out kernel.Output) *pump {
	return &pump{r: r, stream: stream, out: out, buf: make([]byte, 32<<10)}
}

// run copies until nobody can write any more.
func (p *pump) run() {
	defer p.r.Close()
	conn, err := p.r.SyscallConn()
	if err != nil {
		return
	}
	conn.Read(func(fd uintptr) (ended bool) {
		for {
			n, err := p.take(fd)
			if n <= 0 {
				return err != syscall.EAGAIN // false is to wait for more
			}
		}
	})
}

// pipeRoom is more than a pipe holds.
const pipeRoom = 1 << 20

// drain copies what is in the pipe now.
func (p *pump) drain() {
	conn, err := p.r.SyscallConn()
	if err != nil {
		return // run is through with it
	}
	conn.Control(func(fd uintptr) {
		for total := 0; total < pipeRoom; {
			n, _ := p.take(fd)
			if n <= 0 {
				return
			}
			total += n
		}
	})
}

// take copies once, without waiting.
func (p *pump) take(fd uintptr) (n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		n, err = syscall.Read(int(fd), p.buf)
		if err != syscall.EINTR {
			break
		}
	}
	if n > 0 {
		p.out.Stream(p.stream, p.buf[:n])
	}
	return n, err
}
