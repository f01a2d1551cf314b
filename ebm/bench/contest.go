package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"
)

// compare lets all contestants do all tasks on so many threads.
func compare(out io.Writer, p *peers, threads, rounds int, ts []task) error {
	heading(out, threads)
	for _, t := range ts {
		cs, err := enter(p, t, threads)
		if err != nil {
			return err
		}
		for range rounds {
			for _, c := range cs {
				if c.failed != "" {
					continue
				}
				if err := c.run(threads > 1); err != nil {
					c.failed = err.Error()
				}
				if threads > 1 {
					time.Sleep(250 * time.Millisecond) // threads of the last one may still be awake
				}
			}
		}
		for _, c := range cs {
			if c.stop != nil {
				c.stop()
			}
		}
		t.print(out, cs)
	}
	roofline(out, threads)
	return nil
}

// enter starts the contestants of a task, ours first, one after the other, until each is ready.
func enter(p *peers, t task, threads int) ([]*contestant, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	us := &contestant{library: "joule"}
	us.start(exec.Command(self, "-child", t.name), threads)
	cs := []*contestant{us}
	if us.failed != "" || p == nil {
		return cs, nil
	}
	for _, library := range t.peers {
		for _, mode := range modes(library) {
			c := &contestant{library: library, mode: mode, failed: p.missing[library]}
			if c.failed == "" {
				c.start(p.command(library, t.name, mode, threads), threads)
			}
			cs = append(cs, c)
		}
	}
	return cs, nil
}

// modes are the ways in which a library is called.
func modes(library string) []string {
	switch library {
	case "numpy", "thrml", "blackjax": // nothing was found that makes them faster
		return []string{"box"}
	}
	return []string{"box", "tuned"}
}

// start starts the process and waits until it has warmed up.
func (c *contestant) start(cmd *exec.Cmd, threads int) {
	if path, err := exec.LookPath("taskset"); err == nil && threads < runtime.NumCPU() {
		first := runtime.NumCPU() - threads // the first processor is where systems put their own work
		cmd.Args = append([]string{path, "-c", fmt.Sprintf("%d-%d", first, first+threads-1), cmd.Path}, cmd.Args[1:]...)
		cmd.Path = path
	}
	n := fmt.Sprint(threads)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS="+n, "MKL_NUM_THREADS="+n, "OPENBLAS_NUM_THREADS="+n, "GOMAXPROCS="+n)
	var err error
	if c.to, err = cmd.StdinPipe(); err != nil {
		c.failed = err.Error()
		return
	}
	from, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		c.failed = err.Error()
		return
	}
	c.from = bufio.NewReader(from)
	c.stop = func() {
		_ = c.to.Close()
		late := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		late.Stop()
	}
	a, err := c.read()
	switch {
	case err != nil:
		c.failed = err.Error()
	case a.Missing != "":
		c.failed = "it does not have this"
	}
	c.version, c.setup, c.quality = a.Version, a.Setup, a.Quality
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	if len(s) == 0 {
		return 0
	}
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
