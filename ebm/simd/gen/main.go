// Command gen writes the kernels of package simd: assembly for AVX-512 and for AVX2 with FMA, and the plain Go that stands for
// them elsewhere, all three from the same formulas.
//
//	ir.go          formulas: graphs of operations on a lane
//	functions.go   exp, log, tanh … as formulas; the table of elementwise kernels
//	random.go      Philox and Box–Muller as formulas, and the loop around them
//	translate.go   formulas → vector instructions
//	scalar.go      formulas → Go
//	formulas.go    formulas → data, for package jit
//	vector.go      what the two instruction sets do differently: registers, constants, tails
//	elementwise.go reduce.go matmul.go transpose.go convert.go lattice.go   the loops
//	tables.go      the Go files that list the kernels
//
// Usage:
//
//	go run . FOLDER   (of package simd; package ebm/internal/jit beside it gets the formulas)
//
// It is a module of its own, so that those who use joule do not need the assembler avo.
package main

import (
	"fmt"
	"go/format"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	for _, zmm := range []bool{true, false} {
		for _, wide := range []bool{true, false} {
			t := newTarget(zmm, wide)
			t.all()
			asm, stubs, err := t.finish()
			if err != nil {
				return fmt.Errorf("%s: %w", t.suffix(), err)
			}
			base := "zkernels_" + pick(zmm, "avx512", "avx2") + "_" + t.elem()
			if err := write(out, base+"_amd64.s", asm); err != nil {
				return err
			}
			if err := writeGo(out, base+"_amd64.go", string(stubs)); err != nil {
				return err
			}
		}
	}
	for _, wide := range []bool{true, false} {
		if err := writeGo(out, "zkernels_go_"+pick(wide, "float64", "float32")+".go", goKernels(wide)); err != nil {
			return err
		}
	}
	if err := writeGo(out, "ztables_amd64.go", tables(true)); err != nil {
		return err
	}
	if err := writeGo(out, "ztables_go.go", tables(false)); err != nil {
		return err
	}
	return writeGo(filepath.Join(out, "..", "internal", "jit"), "zformulas.go", formulas())
}

// all emits every kernel.
func (t *target) all() {
	for _, fn := range functions {
		for _, m := range modes[fn.arity] {
			t.elementwise(fn, m)
		}
	}
	for _, f := range folds {
		t.foldRows(f)
	}
	t.sumLanes()
	t.combine()
	t.transpose()
	t.pairs()
	if t.wide {
		t.conversions()
	}
	for _, masked := range []bool{false, true} {
		if t.zmm && !masked {
			continue // masks cost nothing there
		}
		for _, mr := range t.tiles(masked) {
			for vectors := 1; vectors <= 2; vectors++ {
				if masked || vectors == 2 {
					t.matMul(mr, vectors, masked)
				}
			}
		}
	}
	for _, name := range randomNames(t.wide) {
		t.random(name, randoms(t.wide)[name])
	}
	if !t.zmm && !t.wide {
		t.lattice()
	}
	t.peak()
}

func write(out, name string, data []byte) error {
	return os.WriteFile(filepath.Join(out, name), data, 0o644)
}

func writeGo(out, name, source string) error {
	data, err := format.Source([]byte(source))
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, source)
	}
	return write(out, name, data)
}
