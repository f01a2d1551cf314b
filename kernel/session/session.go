package session

import (
	"fmt"
	"go/types"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"joule/kernel/catalog"
)

// Kind is what an Object is.
type Kind int

// The kinds of objects.
const (
	Var Kind = iota
	Func
	Type
	Const
)

func (k Kind) String() string { return [...]string{"var", "func", "type", "const"}[k] }

// An Object is a name of the session package: a variable, function, type or constant that some cell declared.
//
// A variable and a function have a slot in the worker's memory, named by ID. The slot, and so the ID, stays while the type
// stays: a re-run cell assigns to the same variable, and callers of a redefined function find the new body.
type Object struct {
	Name string
	Kind Kind
	Obj  types.Object // as the type checker knows it
	ID   string       // its symbol in lowered source, unique in the session
	Cell int          // the cell that declared it last

	// Home is the import path of the compiled package that holds a type or a generic function; "" for everything else.
	Home string

	// Stale says why the object cannot be used any more; "" while it can.
	Stale string

	// unfit says that it is stale because its declaration does not fit what it uses: when that changes again, it may.
	unfit bool

	// Lost says that it is stale because the process that held it is gone.
	Lost bool

	decl *decl // of functions, types and constants

	// with are the session names that functions which a variable may hold were made with.
	with map[string]bool
}

// Generic tells whether the object has type parameters, so that it lives in a compiled package.
func (o *Object) Generic() bool {
	switch o.Kind {
	case Func:
		return o.Obj.Type().(*types.Signature).TypeParams().Len() > 0
	case Type:
		t, ok := o.Obj.Type().(interface{ TypeParams() *types.TypeParamList }) // *types.Named, *types.Alias
		return ok && t.TypeParams().Len() > 0
	}
	return false
}

// decl is the source of a declaration, kept to check it again when something that it uses changes.
type decl struct {
	cell      int
	text      string             // with its line directive
	spec      string             // of a type: the specification in normal form, to compare
	packages  map[string]string  // name → import path, as the declaring cell bound them
	uses      map[string]bool    // session names that it uses
	methods   map[string]*method // of a type
	signature map[string]bool    // names in a function's signature
}

// method is one method of a session type.
type method struct {
	name string
	text string // with its line directive
	sig  string // receiver and signature in normal form
	cell int
	ID   string // the slot that holds the body; "" for methods of generic types and those that recover
	src  string // the whole method in normal form
}

// A Session is a package that grows cell by cell. Check looks at a cell without changing anything; Commit makes what Check
// found part of the session. A Session is not safe for concurrent use.
type Session struct {
	cat         *catalog.Catalog
	predeclared map[string]string // name → import path
	objects     map[string]*Object
	imports     map[string]string // name → import path, by the cells so far
	dots        []string          // import paths of dot imports
	sources     map[int]string    // cells by key, for carets
	shown       *sync.Map         // key → the number that the person knows, where they differ
	types       map[*types.TypeName]*Object
	unnamed     []*Object              // struct types without a name and with unexported fields
	owners      map[*types.Var]*Object // by the first field of a struct: whose declaration has the fields
	former      []Former               // types that were declared anew since, of which there may be values
	recovers    bool                   // some cell calls recover
	inspects    bool                   // some cell may look at its callers
	serial      *atomic.Int64          // makes symbols unique, also among cells that failed
}

// New makes an empty session over a catalog. predeclared lists the packages that every cell can use without import: name →
// import path.
func New(cat *catalog.Catalog, predeclared map[string]string) *Session {
	return &Session{
		cat:         cat,
		predeclared: predeclared,
		objects:     map[string]*Object{},
		imports:     map[string]string{},
		sources:     map[int]string{},
		shown:       &sync.Map{},
		serial:      &atomic.Int64{},
		types:       map[*types.TypeName]*Object{},
		owners:      map[*types.Var]*Object{},
	}
}

// key tells cells apart that run under one number: a silent one, or one that is not kept in the history, has the number of the
// cell before it.
func (s *Session) key(n int, src string) int {
	if old, ok := s.sources[n]; !ok || old == src {
		return n
	}
	k := 1<<20 + int(s.serial.Add(1))
	s.shown.Store(k, n)
	return k
}

// Number is the number under which a person knows a cell.
func (s *Session) Number(key int) int {
	if n, ok := s.shown.Load(key); ok {
		return n.(int)
	}
	return key
}

// Source is the text of a cell.
func (s *Session) Source(key int) string { return s.sources[key] }

// Lookup returns the object called name, or nil.
func (s *Session) Lookup(name string) *Object { return s.objects[name] }

// TypeText is the type of an object as a person writes it; of a constant with its value.
func (s *Session) TypeText(o *Object) string {
	switch obj := o.Obj.(type) {
	case *types.Const:
		return types.TypeString(obj.Type(), short) + " = " + obj.Val().String()
	case *types.TypeName:
		return types.TypeString(obj.Type().Underlying(), short)
	}
	return types.TypeString(o.Obj.Type(), short)
}

// Objects lists all objects, sorted by name.
func (s *Session) Objects() []*Object {
	var list []*Object
	for _, name := range slices.Sorted(maps.Keys(s.objects)) {
		list = append(list, s.objects[name])
	}
	return list
}

// KnownTypes are the types that a cell can name: those of the session before it.
func (c *Cell) KnownTypes() (list []*Object) {
	for _, o := range c.session.Objects() {
		if o.Kind == Type && o.Stale == "" {
			list = append(list, o)
		}
	}
	return list
}

// Package is a package that cells can import; nil if there is none with that path.
func (c *Cell) Package(path string) *types.Package {
	p, err := c.session.cat.Import(path)
	if err != nil {
		return nil
	}
	return p
}

// Lose marks every object as lost, because the process that held it is gone: using one is an error that names the cell to run
// again, never a zero value. why continues a sentence that begins with the name.
func (s *Session) Lose(why string) {
	s.unnamed, s.former = nil, nil
	for _, o := range s.objects {
		o.Lost = true
		if o.Stale == "" {
			o.Stale = fmt.Sprintf("%s; run cell %d again", why, o.Cell)
		}
	}
}

// Drop forgets variables that a cell declared but never reached.
func (s *Session) Drop(names []string) {
	for _, n := range names {
		delete(s.objects, n)
	}
}

// packagePath is the import path that name stands for in a new cell, or "".
func (s *Session) packagePath(name string) string {
	if p := s.imports[name]; p != "" {
		return p
	}
	return s.predeclared[name]
}
