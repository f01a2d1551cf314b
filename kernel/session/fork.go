package session

import (
	"go/types"
	"maps"
	"slices"
)

// Fork returns a session that is as this one and shares nothing with it that either could change. go/types cannot be
// interrupted: a check that takes too long is left to end by itself, with the session that it began with, and the kernel goes
// on with a fork. It may be called while a check runs.
func (s *Session) Fork() *Session {
	f := *s
	copies := map[*Object]*Object{}
	fork := func(o *Object) *Object {
		if copies[o] == nil {
			c := *o
			c.decl, c.with = o.decl.clone(), maps.Clone(o.with)
			copies[o] = &c
		}
		return copies[o]
	}
	f.objects = map[string]*Object{}
	for name, o := range s.objects {
		f.objects[name] = fork(o)
	}
	f.types = map[*types.TypeName]*Object{}
	for t, o := range s.types {
		f.types[t] = fork(o)
	}
	f.owners = map[*types.Var]*Object{}
	for t, o := range s.owners {
		f.owners[t] = fork(o)
	}
	f.unnamed = nil
	for _, o := range s.unnamed {
		f.unnamed = append(f.unnamed, fork(o))
	}
	f.imports, f.sources, f.dots = maps.Clone(s.imports), maps.Clone(s.sources), slices.Clone(s.dots)
	return &f
}

func (d *decl) clone() *decl {
	if d == nil {
		return nil
	}
	c := *d
	c.packages, c.uses, c.signature = maps.Clone(d.packages), maps.Clone(d.uses), maps.Clone(d.signature)
	c.methods = maps.Clone(d.methods)
	for name, m := range c.methods {
		copied := *m
		c.methods[name] = &copied
	}
	return &c
}
