package interp

import (
	"context"
	"fmt"
	"go/token"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"joule/kernel/cell"
)

// patience is how long a test waits for the collector.
const patience = time.Minute

// unit is source as package lower writes it: a function f that may panic, and the statements of a cell, longer than that.
func unit(n int) string {
	return fmt.Sprintf(`//line unit_%[1]d:1
package main
import slots__0 "joule.session/slots"
import cell__1 "joule/kernel/cell"
var stop__%[1]d = cell__1.Flag
//line unit_%[1]d:7
func f_%[1]d(x []int) int {
	return x[0]
}
func entry_%[1]d() {
	for i := 0; i < 3; i++ {
		if *stop__%[1]d { cell__1.Check() }
		*slots__0.V_x += i
	}
	if *slots__0.V_x < 0 { *slots__0.V_x = 0 }
	if *slots__0.V_x < 1 { *slots__0.V_x = 1 }
	if *slots__0.V_x < 2 { *slots__0.V_x = 2 }
	if *slots__0.V_x < 3 { *slots__0.V_x = 3 }
	if *slots__0.V_x < 4 { *slots__0.V_x = 4 }
}
`, n)
}

// TestForget counts what stays of units in memory when nobody has their functions, when somebody has one of two, and when the
// interpreter does not take them.
func TestForget(t *testing.T) {
	in, err := New()
	if err != nil {
		t.Fatal(err)
	}
	own := files(in)
	var kept []any
	x, n := 0, 0
	define := func(source string) map[string]reflect.Value {
		funcs, err := in.Define(source, map[string]reflect.Value{"V_x": reflect.ValueOf(&x), fmt.Sprint("At_", n): reflect.ValueOf(&n)},
			[]string{fmt.Sprint("f_", n), fmt.Sprint("entry_", n)})
		if err == nil {
			funcs[fmt.Sprint("entry_", n)].Interface().(func())()
		}
		return funcs
	}
	for _, c := range []struct {
		name string
		run  func()
		most uint64 // objects for each unit
	}{
		{"nothing is kept", func() { define(unit(n)) }, 8},
		{"a wrong unit", func() {
			if define(unit(n)+"\nfunc g() { undefined() }") != nil {
				t.Fatal("this is not Go")
			}
		}, 8},
		{"no syntax", func() { define("package") }, 8},
		{"a short function beside long statements", func() { kept = append(kept, define(unit(n))[fmt.Sprint("f_", n)].Interface()) }, 60},
	} {
		const rounds = 500
		for range 20 { // what is made once
			n++
			c.run()
		}
		before := objects()
		for range rounds {
			n++
			c.run()
		}
		after := objects()
		for deadline := time.Now().Add(patience); after > before+c.most*rounds && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond) // what is to be done for what was found dead is done when there is time
			after = objects()
		}
		if each := (max(after, before) - before) / rounds; each > c.most {
			t.Errorf("%s: %d objects stay of each unit, want at most %d", c.name, each, c.most)
		}
	}

	// The files of units whose functions are gone go too, and not those of the others.
	await(t, in, own+len(kept))
	rec := cell.New(context.Background(), 1, nil)
	out := rec.Run(func() { kept[0].(func([]int) int)(nil) })
	if frames := rec.Frames(); out.Fault == nil || len(frames) == 0 || !strings.HasSuffix(frames[0].Position, ":8") {
		t.Errorf("a function that was kept panics with %v at %v, want the eighth line of its unit", out.Fault.Value, frames)
	}
	kept = nil
	await(t, in, own)

	// Everything that is forgotten goes through these.
	inner := reflect.ValueOf(in.in).Elem()
	for _, f := range []struct {
		name string
		kind reflect.Kind
	}{{"roots", reflect.Slice}, {"scopes", reflect.Map}, {"binPkg", reflect.Map}} {
		if !field(inner, f.name, f.kind).IsValid() {
			t.Errorf("the interpreter has no field %s, a %v", f.name, f.kind)
		}
	}
	if got := entry(inner, "binPkg", slotsPath).Len(); got != 1 {
		t.Errorf("%d slots are left, want Line alone", got)
	}
	for _, f := range []struct {
		name string
		kind reflect.Kind
	}{{"child", reflect.Slice}, {"sym", reflect.Map}} {
		if x := field(entry(inner, "scopes", "main").Elem(), f.name, f.kind); !x.IsValid() || x.Len() > 0 {
			t.Errorf("the scope of the units has %v as %s, want an empty %v", x, f.name, f.kind)
		}
	}
	node := field(inner, "roots", reflect.Slice).Type().Elem().Elem()
	if f, ok := node.FieldByName("exec"); !ok || f.Type.Kind() != reflect.Func || newTree(node) == nil {
		t.Error("the interpreter's trees are others than those that are cut down")
	}
}

// objects are those that can be reached.
func objects() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapObjects
}

// await waits until the interpreter knows as many files as it should: they are let go some time after their functions were. It may
// have a few more, of the units that it compiled last.
func await(t *testing.T, in *Interpreter, want int) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		n := files(in)
		if n < want {
			t.Fatalf("%d files are left, want %d", n, want)
		}
		if n <= want+3 {
			return
		}
		runtime.GC() // ends what is to be done for what it found dead, or begins it
	}
	t.Fatalf("%d files are left, want %d", files(in), want)
}

func files(in *Interpreter) (n int) {
	in.in.FileSet().Iterate(func(*token.File) bool { n++; return true })
	return n
}
