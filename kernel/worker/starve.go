package worker

import (
	"fmt"
	"time"

	"joule/kernel/usage"
	"joule/kernel/worker/pipe"
)

// The child watches its memory itself and stops the cells that take too much. That cannot always work: while the runtime copies some
// gigabytes nothing else runs there. So the kernel looks too, from outside, and ends a child that has gone far beyond what it may
// have, before the system is out of memory and ends something else.
const starveEvery = 200 * time.Millisecond

// starve watches the memory of a child until it ends.
func (c *child) starve() {
	limit, total := pipe.MemoryLimit()
	most := 2*limit + 512<<20 // what is garbage before the collector has come round, and what is taken before the child's own watch has
	if total == 0 {
		return
	}
	tick := time.NewTicker(starveEvery)
	defer tick.Stop()
	for before := false; ; {
		select {
		case <-c.gone:
			return
		case <-tick.C:
		}
		size, err := usage.Resident(c.cmd.Process.Pid)
		if err != nil {
			continue
		}
		over := size > min(most, total/10*9)
		if !over && size > total/4 {
			host, err := usage.Host()
			over = err == nil && host.Available < total/50
		}
		if over && before {
			c.said(fmt.Sprintf("fatal error: out of memory: it took %d MB and did not stop\n", size>>20))
			kill(c.cmd)
			return
		}
		before = over // once is for the child to see
	}
}
