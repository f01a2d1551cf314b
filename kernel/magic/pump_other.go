//go:build !unix

package magic

import (
	"os"

	"joule/kernel"
)

// A pump copies what a command writes to one stream of a cell.
type pump struct {
	r      *os.File // the reading end of a pipe
	stream string
	out    kernel.Output
}

func newPump(r *os.File, stream string, out kernel.Output) *pump { return &pump{r, stream, out} }

// run copies until nobody can write any more.
func (p *pump) run() {
	defer p.r.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := p.r.Read(buf)
		if n > 0 {
			p.out.Stream(p.stream, buf[:n])
		}
		if err != nil {
			return
		}
	}
}

// drain does nothing: a pipe cannot be read without waiting here, and what a command has written is waited for a moment.
func (p *pump) drain() {}
