package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"joule/kernel/lower"
	"joule/kernel/session"
)

// A count says how many units of a test are interpreted, and why the others are not.
type count struct {
	units, interpreted int
	free               int // units other than types, which are always compiled
	why                map[string]int
}

func (c count) plus(d count) count {
	return count{units: c.units + d.units, interpreted: c.interpreted + d.interpreted, free: c.free + d.free}
}

// count plans the cells of a test, as the engine does, without running them.
func (l *lab) count(t test) count {
	n := count{why: map[string]int{}}
	s := session.New(l.cat, nil)
	for i, code := range t.cells {
		c, ds := s.Check(i+1, code)
		if len(ds) > 0 {
			return n
		}
		p, err := lower.Cell(c, lower.Eager(c))
		if err != nil {
			return n
		}
		s.Commit(c)
		for _, u := range p.Plan {
			n.units++
			if !strings.HasPrefix(u.Name, "type ") {
				n.free++
			}
			if u.Tier == lower.Interpret {
				n.interpreted++
			} else {
				n.why[u.Why]++
			}
		}
	}
	return n
}

// refusals is a log that counts the units which the interpreter refused by itself.
type refusals struct {
	mu  sync.Mutex
	why []string
}

// Enabled implements slog.Handler.
func (*refusals) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (r *refusals) Handle(_ context.Context, rec slog.Record) error {
	if rec.Message != "the interpreter refused a unit" {
		return nil
	}
	rec.Attrs(func(a slog.Attr) bool {
		if a.Key == "reason" {
			r.mu.Lock()
			r.why = append(r.why, a.Value.String())
			r.mu.Unlock()
		}
		return true
	})
	return nil
}

// WithAttrs implements slog.Handler.
func (r *refusals) WithAttrs([]slog.Attr) slog.Handler { return r }

// WithGroup implements slog.Handler.
func (r *refusals) WithGroup(string) slog.Handler { return r }
