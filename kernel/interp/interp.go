// Package interp is tier 1: it runs lowered source in the interpreter. It is the only package that imports yaegi, which is
// pinned because what package lower sends here depends on what that version runs exactly.
//
// yaegi is not used as a session: every unit is compiled from a syntax tree under a lock and its functions are taken out as
// native func values, which are then called on goroutines of the cell record. So cells run side by side, an interrupt ends one
// of them, and variables live in native memory that compiled code sees too. Two things of yaegi are kept away from: Eval on a
// cell's text, and EvalWithContext, whose cancellation ends every running evaluation.
//
//	interp.go  Interpreter: a unit's source → its functions
//	forget.go  syntax trees that nobody needs are let go
//	prune.go   those of functions that somebody has are cut down to what runs
package interp

import (
	"fmt"
	"go/parser"
	"io/fs"
	"reflect"
	"regexp"
	"strings"
	"sync"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"
	"github.com/traefik/yaegi/stdlib/syscall"
	"github.com/traefik/yaegi/stdlib/unrestricted"

	"joule/kernel/cell"
	"joule/kernel/symbols"
)

// An Interpreter holds the definitions of one session.
type Interpreter struct {
	mu    sync.Mutex
	in    *interp.Interpreter
	tree  *tree // how what it makes of a unit is made small
	files int
	line  int // where interpreted functions note which line they run, encoded as package lower does
}

// Where lowered source finds its slots: the import path, with the package's name too, and among them the one that is always there.
const (
	slotsPath = "joule.session/slots"
	slotsKey  = slotsPath + "/slots"
	lineName  = "Line"
)

// New makes an interpreter with the standard library and everything that cells can import of Joule. What is written to the
// interpreter's own streams goes to the cell that writes; frames that it prints while a panic passes are kept for Frames.
func New() (*Interpreter, error) {
	i := &Interpreter{in: interp.New(interp.Options{
		Unrestricted: true, // the environment is the process's, as it is to compiled code
		Stdin:        strings.NewReader(""),
		// Packages come compiled or not at all: sources of a GOPATH would be interpreted.
		SourcecodeFilesystem: nothing{},
		Stdout:               writer("stdout"),
		Stderr:               writer("stderr"),
	})}
	runtime := interp.Exports{"joule/kernel/cell/cell": {
		"Flag":               reflect.ValueOf(cell.StoppingFlag()),
		"Check":              reflect.ValueOf(cell.Check),
		"Go":                 reflect.ValueOf(cell.Go),
		"Pause":              reflect.ValueOf(cell.Pause),
		"Show":               reflect.ValueOf(cell.Show),
		"Context":            reflect.ValueOf(cell.Context),
		"Stdin":              reflect.ValueOf(&cell.Stdin).Elem(),
		"Scan":               reflect.ValueOf(cell.Scan),
		"Scanf":              reflect.ValueOf(cell.Scanf),
		"Scanln":             reflect.ValueOf(cell.Scanln),
		"Sleep":              reflect.ValueOf(cell.Sleep),
		"ReceiveAny":         reflect.ValueOf(cell.ReceiveAny),
		"SendAny":            reflect.ValueOf(cell.SendAny),
		"Lock":               reflect.ValueOf(cell.Lock),
		"LockWriter":         reflect.ValueOf(cell.LockWriter),
		"LockReader":         reflect.ValueOf(cell.LockReader),
		"Wait":               reflect.ValueOf(cell.Wait),
		"WaitCond":           reflect.ValueOf(cell.WaitCond),
		"GoGroup":            reflect.ValueOf(cell.GoGroup),
		"AfterFunc":          reflect.ValueOf(cell.AfterFunc),
		"AfterContext":       reflect.ValueOf(cell.AfterContext),
		"Room":               reflect.ValueOf(cell.Room),
		"Grow":               reflect.ValueOf(cell.Grow),
		"RoomCap":            reflect.ValueOf(cell.RoomCap),
		"RepeatString":       reflect.ValueOf(cell.RepeatString),
		"RepeatBytes":        reflect.ValueOf(cell.RepeatBytes),
		"Panic":              reflect.ValueOf(cell.Panic),
		"AsError":            reflect.ValueOf(cell.AsError),
		"Only":               reflect.ValueOf(cell.Only),
		"AsStringer":         reflect.ValueOf(cell.AsStringer),
		"AssertFault":        reflect.ValueOf(cell.AssertFault),
		"MinInt":             reflect.ValueOf(cell.MinInt),
		"MaxInt":             reflect.ValueOf(cell.MaxInt),
		"MinFloat":           reflect.ValueOf(cell.MinFloat),
		"MaxFloat":           reflect.ValueOf(cell.MaxFloat),
		"RangeFault":         reflect.ValueOf(cell.RangeFault),
		"Receiving":          reflect.ValueOf(cell.Receiving),
		"Sending":            reflect.ValueOf(cell.Sending),
		"Select":             reflect.ValueOf(cell.Select),
		"IsNil":              reflect.ValueOf(cell.IsNil),
		"At":                 reflect.ValueOf(cell.At),
		"AtUnsigned":         reflect.ValueOf(cell.AtUnsigned),
		"IndexFaultUnsigned": reflect.ValueOf(cell.IndexFaultUnsigned),
		"Element":            reflect.ValueOf(cell.Element),
		"IndexFault":         reflect.ValueOf(cell.IndexFault),
		"NilFault":           reflect.ValueOf(cell.NilFault),
		"Runes":              reflect.ValueOf(cell.Runes),
		"SliceAt":            reflect.ValueOf(cell.SliceAt),
		"SliceFault":         reflect.ValueOf(cell.SliceFault),
		"Exit":               reflect.ValueOf(cell.Exit),
		"Builtininterface":   reflect.ValueOf(cell.Builtininterface),
		"Builtinprint":       reflect.ValueOf(cell.Builtinprint),
		"Builtinprintln":     reflect.ValueOf(cell.Builtinprintln),
		"Print":              reflect.ValueOf(cell.Print),
		"Printf":             reflect.ValueOf(cell.Printf),
		"Println":            reflect.ValueOf(cell.Println),
		"LogFatal":           reflect.ValueOf(cell.LogFatal),
		"LogFatalf":          reflect.ValueOf(cell.LogFatalf),
		"LogFatalln":         reflect.ValueOf(cell.LogFatalln),
		"LoggerFatal":        reflect.ValueOf(cell.LoggerFatal),
		"LoggerFatalf":       reflect.ValueOf(cell.LoggerFatalf),
		"LoggerFatalln":      reflect.ValueOf(cell.LoggerFatalln),
	}, slotsKey: {lineName: reflect.ValueOf(&i.line)}}
	if roots := field(reflect.ValueOf(i.in).Elem(), "roots", reflect.Slice); roots.IsValid() && roots.Type().Elem().Kind() == reflect.Pointer {
		i.tree = newTree(roots.Type().Elem().Elem())
	}
	// os/exec and syscall are apart in yaegi, for hosts that do not trust what they run. A notebook's owner runs it.
	// yaegi gives log a logger of its own; the process's is the one that compiled cells use too.
	log := interp.Exports{"log/log": stdlib.Symbols["log/log"]}
	for _, x := range []interp.Exports{stdlib.Symbols, unrestricted.Symbols, syscall.Symbols, log, symbols.Symbols, runtime} {
		if err := i.in.Use(x); err != nil {
			return nil, fmt.Errorf("interp: %w", err)
		}
	}
	return i, nil
}

// Line is the line that interpreted code noted last. It is right after a panic unless several goroutines panic at once.
func (i *Interpreter) Line() int { return i.line }

// Export makes compiled symbols importable under an import path.
func (i *Interpreter) Export(path string, symbols map[string]reflect.Value) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.in.Use(interp.Exports{path + "/" + path[strings.LastIndexByte(path, '/')+1:]: symbols})
}

// Define compiles a file of functions and returns those asked for as native func values. The file finds slots, each a pointer,
// by their slot names. An error means that nothing was defined and that the unit may be compiled instead.
func (i *Interpreter) Define(source string, slots map[string]reflect.Value, names []string) (funcs map[string]reflect.Value, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if err := i.in.Use(interp.Exports{slotsKey: slots}); err != nil {
		return nil, fmt.Errorf("interp: %w", err)
	}
	i.files++
	from := i.in.FileSet().Base()
	file, err := parser.ParseFile(i.in.FileSet(), fmt.Sprintf("unit%d.go", i.files), source, parser.SkipObjectResolution)
	defer func() {
		// The compiler of the interpreter panics on what it does not know.
		if r := recover(); r != nil {
			funcs, err = nil, fmt.Errorf("interp: %v", r)
		}
		i.forget(from, err != nil)
	}()
	if err != nil {
		return nil, fmt.Errorf("interp: %w", err)
	}
	program, err := i.in.CompileAST(file)
	if err != nil {
		return nil, fmt.Errorf("interp: %w", err)
	}
	if _, err := i.in.Execute(program); err != nil {
		return nil, fmt.Errorf("interp: %w", err)
	}
	funcs = map[string]reflect.Value{}
	for _, name := range names {
		v, err := i.in.Eval(name)
		if err != nil {
			return nil, fmt.Errorf("interp: %s: %w", name, err)
		}
		if v.Kind() != reflect.Func {
			return nil, fmt.Errorf("interp: %s is a %v, not a function", name, v.Kind())
		}
		funcs[name] = v
	}
	return funcs, nil
}

// nothing is a file system without files.
type nothing struct{}

func (nothing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// writer gives what the interpreter writes to the cell that writes it.
type writer string

// frame is a line that the interpreter prints for each function that a panic leaves.
var frame = regexp.MustCompile(`^(\S+:\d+(?::\d+)?): panic: main\.(\S*)\(\.\.\.\)\n?$`)

func (w writer) Write(p []byte) (int, error) {
	r := cell.Current()
	if m := frame.FindSubmatch(p); m != nil && w == "stderr" {
		if r != nil {
			r.Frame(string(m[1]), string(m[2]))
		}
		return len(p), nil
	}
	if r != nil {
		r.Sink().Stream(string(w), p)
	}
	return len(p), nil
}
