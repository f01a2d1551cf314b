package magic

import (
	"context"
	"fmt"
	"time"

	"joule/kernel"
)

func timeMagics() []Magic {
	return []Magic{{
		Name: "time", Usage: "%time GO CODE\n%%time",
		Doc: "Runs the Go code on its line and says how long it took: by the clock, and of processor time, which is more where " +
			"several processors worked. The code belongs to the cell as if %time were not there. %%time times a whole cell and " +
			"says also how long it took to check and to compile it.",
		Run:  func(c *Call) error { return c.usage() }, // its code is Go of the cell: see timed
		Cell: timeCell, Code: true, Body: true,
	}}
}

// timed are the stops round the code of a %time line.
func timed(out kernel.Output, l Line) []Stop {
	return []Stop{
		{Line: l.Number, Do: func(context.Context, Spent) *kernel.Error { return nil }},
		{Line: l.Number + 1, Do: func(_ context.Context, s Spent) *kernel.Error {
			out.Stream("stdout", []byte(spentText(s)+"\n"))
			return nil
		}},
	}
}

func spentText(s Spent) string {
	text := "time: " + duration(s.Wall)
	if s.CPU > 0 {
		text += " (processor " + duration(s.CPU) + ")"
	}
	return text
}

// duration is a time to three digits.
func duration(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return fmt.Sprintf("%.3g s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.3g ms", float64(d)/1e6)
	case d >= time.Microsecond:
		return fmt.Sprintf("%.3g µs", float64(d)/1e3)
	}
	return fmt.Sprintf("%d ns", d)
}

func timeCell(c *Call) error {
	began := time.Now()
	err := c.body(How{})
	c.Print("%s\n", c.spent(time.Since(began)))
	return err
}

// spent says how long the cell took that ran last.
func (c *Call) spent(all time.Duration) string {
	if c.report.Total.Wall == 0 {
		return "time: " + duration(all)
	}
	text := spentText(c.report.Total)
	if c.report.Prepare > 0 {
		text += "; checked and prepared in " + duration(c.report.Prepare)
	}
	return text
}
