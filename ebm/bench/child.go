package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"time"
)

// An answer is a line from a contestant.
type answer struct {
	Missing string             `json:"missing,omitempty"` // it does not have the workload
	Ready   bool               `json:"ready,omitempty"`
	Version string             `json:"version,omitempty"`
	Setup   float64            `json:"setup,omitempty"`
	Wall    float64            `json:"wall,omitempty"` // seconds
	CPU     float64            `json:"cpu,omitempty"`
	Quality map[string]float64 `json:"quality,omitempty"`
}

// A workload prepares and returns its work, a function that runs once and returns a judge: a function, whose time does not count, that
// returns figures of quality. A figure "seconds" is a time that the work has taken itself.
type (
	workload func() work
	work     func() judge
	judge    func() map[string]float64
)

// serve is a contestant: it runs a workload each time a line says so.
func serve(name string, in io.Reader, out io.Writer) {
	send := json.NewEncoder(out)
	prepare, ok := ours()[name]
	if !ok {
		_ = send.Encode(answer{Missing: name})
		return
	}
	began := time.Now()
	do := prepare()
	quality := do()()
	_ = send.Encode(answer{Ready: true, Version: runtime.Version(), Setup: time.Since(began).Seconds(), Quality: quality})
	lines := bufio.NewScanner(in)
	for lines.Scan() && lines.Text() == "run" {
		cpu, wall := processorTime(), time.Now()
		result := do()
		a := answer{Wall: time.Since(wall).Seconds(), CPU: processorTime() - cpu}
		a.Quality = result()
		if s, ok := a.Quality["seconds"]; ok {
			a.Wall, a.CPU = s, s
		}
		if err := send.Encode(a); err != nil {
			return
		}
	}
}

// a contestant is a process that serves.
type contestant struct {
	library, mode string
	version       string
	to            io.WriteCloser
	from          *bufio.Reader
	stop          func()
	times         []float64
	setup         float64
	quality       map[string]float64
	failed        string // why it is not in the race
}

// read returns the next answer.
func (c *contestant) read() (answer, error) {
	for {
		line, err := c.from.ReadBytes('\n')
		if err != nil {
			return answer{}, fmt.Errorf("it ended: %w", err)
		}
		var a answer
		if json.Unmarshal(line, &a) == nil {
			return a, nil // other lines are warnings
		}
	}
}

// run lets it run once.
func (c *contestant) run(wall bool) error {
	if _, err := io.WriteString(c.to, "run\n"); err != nil {
		return err
	}
	a, err := c.read()
	if err != nil {
		return err
	}
	t := a.CPU
	if wall {
		t = a.Wall
	}
	c.times, c.quality = append(c.times, t), a.Quality
	return nil
}
