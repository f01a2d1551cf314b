package session

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// A Cell is a checked cell: everything that lowering needs, and what Commit will make part of the session.
type Cell struct {
	Number int // that the person knows
	Key    int // its own: see Session.Number
	Source string
	Fset   *token.FileSet
	Info   *types.Info
	Pkg    *types.Package

	Types   []*TypeUnit // new types, in source order; they share one compiled package
	Unnamed []*Object   // new struct types without a name and with unexported fields, and their shapes, which share that package
	Funcs   []*FuncUnit // functions and method bodies to define
	Inits   []*FuncUnit // func init: called before the statements
	Main    *FuncUnit   // func main: called after the statements; nil for none
	Body    *ast.FuncDecl

	// Objects resolves an identifier's types.Object to the session's object: those used, those declared here, and the
	// top-level variables of the statements.
	Objects map[types.Object]*Object
	// Locals are the objects of top-level variables in Body.
	Locals map[types.Object]*Object
	Vars   []*Object // top-level variables in order of declaration
	Views  []View    // variables of earlier cells that get the type that theirs has become
	Echoes []Echo    // functions of earlier cells that become those of this one
	New    map[*Object]bool

	Last   ast.Expr // the last expression, if its value is to be shown
	Static string   // its static type
	Notes  []string // what the person should know: functions that no longer fit, values that became stale

	// Renewed are the types of the session that the cell declares anew, as they were, and Suspects the variables that may hold values
	// of them behind interfaces, where only the worker can look. See SayHeld.
	Renewed  []Former
	Suspects []Suspect

	// Recovers tells that a recover of the session, in this cell or an earlier one, may see what this cell panics with.
	Recovers bool

	// Inspects tells that something in the session may look at its callers and their lines.
	Inspects bool

	Imported []string // packages that the cell uses without import, which are imported for it

	// Pauses are the statements before which the cell lets the kernel do something. Check leaves it empty.
	Pauses []int

	// Serial is unique to this check.
	Serial string

	session *Session
	owners  map[*types.Var]*Object // of the types: whose declaration has the fields
	stmts   []statement
	used    map[string]bool // identifiers in the statements
	commit  func()
}

// Object is the session's object behind what the type checker found, or nil.
func (c *Cell) Object(obj types.Object) *Object {
	if o := c.Objects[obj]; o != nil {
		return o
	}
	if o := c.Locals[obj]; o != nil {
		return o
	}
	if t, ok := obj.(*types.TypeName); ok {
		return c.session.types[t] // of a variable whose type the cell does not name
	}
	return nil
}

// Label is what label makes of the source of the cell that a position names, as in "cell[3]".
func (c *Cell) Label(file string, label func(source string) string) string {
	n := cellOf(file, c.Key)
	if n == c.Key {
		return label(c.Source)
	}
	return label(c.session.sources[n])
}

// A TypeUnit is a new type with its methods.
type TypeUnit struct {
	Object  *Object
	Spec    *ast.TypeSpec
	Methods []*ast.FuncDecl
}

// A FuncUnit is a function or the body of a method.
type FuncUnit struct {
	Object *Object       // the function; for a method the type
	Decl   *ast.FuncDecl // of a method: with its receiver
	Slot   string        // the slot that calls go through: Object.ID of a function
	Symbol string        // the name of this definition
}

// Check type-checks a cell against the session. It changes nothing: with diagnostics the session is as it was, and without
// the caller commits the Cell once it has been defined.
func (s *Session) Check(n int, src string) (*Cell, Diagnostics) {
	chunks, open, err := split(src)
	if err != nil {
		var se *syntaxError
		errors.As(err, &se)
		return nil, Diagnostics{foreign(at(n, src, se.off, se.msg))}
	}
	if open > 0 {
		return nil, Diagnostics{unclosed(n, src, chunks)}
	}
	c := newChecker(s, s.key(n, src), src, chunks)
	c.order()
	// The first round finds the types of top-level variables and of functions; when others depend on what changed, the next
	// checks those along with the cell. A dependent that no longer fits becomes stale and is left out of the round after.
	for {
		ds, again := c.round()
		if again {
			continue
		}
		if len(ds) > 0 {
			for i := range ds {
				ds[i].Cell = s.Number(ds[i].Cell)
			}
			return nil, ds
		}
		return c.cell()
	}
}

// checker checks one cell, in rounds.
type checker struct {
	s      *Session
	n      int
	src    string
	chunks []chunk
	rounds int

	serial  string             // of this check, once it has succeeded
	unfit   bool               // the cell uses what does not fit, and may with this cell
	probing bool               // nobody asks for the errors
	uses    map[*Object]string // of the functions that are stale: because of what
	again   bool               // what is carried is to be as it was

	kept    map[string]keptVar         // variables whose types become others that look the same in memory
	unlike  map[string]bool            // variables whose types do not
	carried []string                   // session names whose declarations are checked along
	hoisted map[string]string          // top-level variables that functions use: their types as text, to declare them at package level
	aliases map[string]string          // import path → the name by which the texts in hoisted refer to it
	broken  map[string]string          // carried names that no longer fit: why
	own     map[string]map[string]bool // type → methods that the cell declares, of types brought along

	a        *assembled
	pkg      *types.Package
	info     *types.Info
	inserted map[types.Object]*Object
	declared map[string]bool            // package-level names that the cell itself declares
	retained map[string]map[string]bool // type → methods whose bodies alone are new
	specs    map[string]*ast.TypeSpec
	methods  map[string][]*ast.FuncDecl
	funcs    []*ast.FuncDecl
	consts   []*ast.GenDecl
	names    map[string]bool // every identifier in the text
	packages map[string]string
	shadowed map[string]bool   // names of packages that are variables from this cell on → whether it means the package, too
	auto     map[string]string // packages that the text uses without import: name → path
	errs     []types.Error
	overflow Diagnostics             // the shown value does not fit its type
	keyed    map[string][]string     // position of a struct literal → the names of its fields
	atTop    map[string]types.Object // hoisted names as package-level objects
}

func newChecker(s *Session, key int, src string, chunks []chunk) *checker {
	return &checker{
		s: s, n: key, src: src, chunks: chunks, hoisted: map[string]string{}, aliases: map[string]string{},
		keyed: map[string][]string{}, broken: map[string]string{}, own: map[string]map[string]bool{},
	}
}

const maxRounds = 8

// round assembles and checks once. again asks for another round with what this one found.
func (c *checker) round() (ds Diagnostics, again bool) {
	c.rounds++
	a, err := assemble(c.n, c.src, c.chunks, c.texts(), c.aliases)
	if err != nil {
		return syntax(c.n, c.src, c.chunks, err), false
	}
	c.a = a
	c.addKeys()
	if c.sort() {
		return nil, true
	}
	if ds := c.refused(); len(ds) > 0 {
		return ds, false
	}
	if c.keep() || c.carryDependents(c.changedTypes()) && c.rounds < maxRounds {
		return nil, true
	}
	ds = c.check()
	if c.dropUnlike() {
		return nil, true
	}
	if len(ds) > 0 {
		if c.needKeys() && c.rounds < maxRounds {
			return nil, true
		}
		// What is carried may fit the variables of this cell, once it is known what they are.
		return ds, c.rounds < maxRounds && (c.hoist() || c.unfit && c.carryDependents(c.changedValues()) || c.dropBroken(ds))
	}
	if (c.hoist() || c.carryDependents(c.changedValues())) && c.rounds < maxRounds {
		return nil, true
	}
	return nil, false
}

// texts are the declarations that are checked along with the cell's own.
func (c *checker) texts() (texts []string) {
	for _, name := range c.carried {
		for _, text := range c.s.texts(name, c.own[name]) {
			if !slices.Contains(texts, text) { // constants of one group bring the same text
				texts = append(texts, text)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.hoisted)) {
		texts = append(texts, "var "+name+" "+c.hoisted[name])
	}
	for _, name := range slices.Sorted(maps.Keys(c.kept)) {
		texts = append(texts, "var "+name+" "+c.kept[name].text)
	}
	return texts
}

// texts are the declaration of a session name and of its methods; of a method T.M its own.
//
// Those in own are left out: the cell declares them itself.
func (s *Session) texts(name string, own map[string]bool) []string {
	if m := s.method(name); m != nil {
		return []string{m.text}
	}
	o := s.objects[name]
	if o == nil || o.decl == nil {
		return nil
	}
	texts := []string{o.decl.text}
	for _, m := range slices.Sorted(maps.Keys(o.decl.methods)) {
		if !own[m] {
			texts = append(texts, o.decl.methods[m].text)
		}
	}
	return texts
}

// typeCheck runs go/types. What panics there, a fault of its own, is a reason to refuse the cell like any other; errors that it
// had found before say more.
func (c *checker) typeCheck(conf *types.Config) (fault string) {
	defer func() {
		if p := recover(); p != nil {
			fault = fmt.Sprintf("Go's type checker fails on this cell, which is a fault of its own (%v): the cell cannot run as it stands", p)
		}
	}()
	types.NewChecker(conf, c.a.fset, c.pkg, c.info).Files([]*ast.File{c.a.file})
	return ""
}

// check runs go/types over the assembled file.
func (c *checker) check() (ds Diagnostics) {
	c.pkg = types.NewPackage("main", "main")
	c.inserted, c.atTop, c.errs = map[types.Object]*Object{}, map[string]types.Object{}, nil
	c.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		Instances: map[*ast.Ident]types.Instance{}, Scopes: map[ast.Node]*types.Scope{},
	}
	if ds := c.populate(); len(ds) > 0 {
		return ds
	}
	if ds := c.strangers(); len(ds) > 0 {
		return ds
	}
	undo := c.functionForm()
	defer undo()
	defer c.coverNames()()
	top := c.topLevel()
	conf := types.Config{GoVersion: "go1.26", Importer: c.s.cat, Error: func(err error) {
		te := err.(types.Error)
		if c.tolerated(te, top) {
			return
		}
		if rest, more := strings.CutPrefix(te.Msg, "\t"); more && len(ds) > 0 { // a second line of the error before
			if strings.HasPrefix(rest, "other declaration of ") {
				other := c.s.position(c.a.fset, te.Pos, c.n, c.src, "")
				if other.Line == 0 { // in an imported package
					return
				}
				rest += " at " + other.place()
			}
			said := &ds[len(ds)-1].Message
			if strings.HasSuffix(*said, ":") {
				*said += " " + rest
			} else {
				*said += "; " + rest
			}
			return
		}
		c.errs = append(c.errs, te)
		if c.probing {
			return
		}
		ds = append(ds, c.s.position(c.a.fset, te.Pos, c.n, c.src, c.explain(te)))
	}}
	if fault := c.typeCheck(&conf); fault != "" && len(ds) == 0 {
		return Diagnostics{at(c.n, c.src, 0, fault)}
	}
	if len(ds) == 0 {
		ds = c.ending()
	}
	for name := range c.hoisted {
		c.atTop[name] = c.pkg.Scope().Lookup(name)
	}
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		if a.Cell != b.Cell {
			return b.Cell - a.Cell // the cell at hand first
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	return preferStale(c.stale(), ds)
}
