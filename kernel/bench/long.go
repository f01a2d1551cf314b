package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"joule/kernel/usage"
	"joule/kernel/wire"
)

// stay runs n small cells in one kernel and measures how far its memory goes up.
func (c contestant) stay(n int, f *figures) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	p, err := c.run(ctx)
	if err != nil {
		return err
	}
	defer p.end()
	var before uint64
	for i := range n + settled {
		if i == settled {
			if before, err = usage.MemoryOf(p.cmd.Process.Pid); err != nil {
				return err
			}
		}
		if _, err := p.cell(ctx, c.small(i), nil); err != nil {
			return err
		}
	}
	after, err := usage.MemoryOf(p.cmd.Process.Pid)
	if err != nil {
		return err
	}
	f.add("memory of many cells", float64(after-min(before, after))/1e6)
	return nil
}

// settled is after how many cells the memory is looked at first.
const settled = 100

// loops times the float loops inside the kernel, once what they call is compiled.
func (t trial) loops(ctx context.Context) error {
	for _, l := range t.contestant.loops {
		if _, err := t.cell(ctx, l.define, nil); err != nil {
			return err
		}
		best := 0.0
		for range 5 {
			ms, err := t.value(ctx, l.time)
			if err != nil {
				return err
			}
			if best == 0 || ms < best {
				best = ms
			}
		}
		t.f.add(l.row, best)
		t.f.add(l.row+againstGo, best/t.plain)
	}
	return nil
}

// value runs a cell whose value is a number.
func (t trial) value(ctx context.Context, code string) (x float64, err error) {
	text := ""
	if _, err := t.cell(ctx, code, func(m *wire.Message) {
		if m.Header.MsgType == "execute_result" {
			var r struct{ Data map[string]string }
			json.Unmarshal(m.Content, &r)
			text = r.Data["text/plain"]
		}
	}); err != nil {
		return 0, err
	}
	if x, err = strconv.ParseFloat(strings.TrimSpace(text), 64); err != nil {
		return 0, fmt.Errorf("%s: %w", code, err)
	}
	return x, nil
}

// types declares types, which we compile.
func (t trial) types(ctx context.Context) error {
	for i := range 15 {
		ms, err := t.cell(ctx, t.contestant.declare(i), nil)
		if err != nil {
			return err
		}
		t.f.add("a new type with a method", ms)
	}
	return nil
}

// plainGo is the time of the loop in a Go program of its own, in milliseconds.
func plainGo() (ms float64, err error) {
	dir, err := os.MkdirTemp("", "joule-bench-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, []byte(`package main

import (
	"fmt"
	"time"
)

`+loopOverLocals+`

func main() {
	best, sum := time.Hour, 0.0
	for range 5 {
		begin := time.Now()
		sum += locals()
		best = min(best, time.Since(begin))
	}
	if sum > 0 {
		fmt.Println(best.Seconds() * 1000)
	}
}
`), 0o600); err != nil {
		return 0, err
	}
	run := exec.Command("go", "run", file)
	run.Dir, run.Stderr = dir, os.Stderr
	out, err := run.Output()
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}
