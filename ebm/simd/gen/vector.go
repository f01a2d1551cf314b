package main

import (
	"bytes"
	"fmt"
	"reflect"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

// A target writes assembly for one instruction set and precision.
type target struct {
	*build.Context
	zmm    bool // AVX-512; else AVX2 with FMA
	wide   bool // float64; else float32
	consts map[uint64]int
	order  []uint64
	labels int
	odd    reg.OpmaskVirtual // the odd 32-bit lanes, within a kernel of random numbers
}

func newTarget(zmm, wide bool) *target {
	t := &target{Context: build.NewContext(), zmm: zmm, wide: wide, consts: map[uint64]int{}}
	t.ConstraintExpr("amd64,!noasm")
	return t
}

func pick[T any](cond bool, yes, no T) T {
	if cond {
		return yes
	}
	return no
}

// width is the size of a vector in bytes, size that of a lane.
func (t *target) width() int { return pick(t.zmm, 64, 32) }
func (t *target) size() int  { return pick(t.wide, 8, 4) }
func (t *target) lanes() int { return t.width() / t.size() }

// elem is the Go type of a lane, and suffix what tells the kernels apart.
func (t *target) elem() string   { return pick(t.wide, "float64", "float32") }
func (t *target) suffix() string { return pick(t.zmm, "512", "256") + pick(t.wide, "x64", "x32") }

func (t *target) vec() reg.VecVirtual {
	if t.zmm {
		return t.ZMM()
	}
	return t.YMM()
}

// e emits an instruction by name; % stands for the letter of the float type, # for that of the integer type.
func (t *target) e(name string, ops ...operand.Op) {
	b := []byte(name)
	b = bytes.ReplaceAll(b, []byte("%"), []byte(pick(t.wide, "D", "S")))
	b = bytes.ReplaceAll(b, []byte("#"), []byte(pick(t.wide, "Q", "D")))
	m := reflect.ValueOf(t.Context).MethodByName(string(b))
	if !m.IsValid() {
		panic("no instruction " + string(b))
	}
	args := make([]reflect.Value, len(ops))
	for i, op := range ops {
		args[i] = reflect.ValueOf(op)
	}
	m.Call(args)
}

// label returns a name that is new in the function.
func (t *target) label(name string) string {
	t.labels++
	return fmt.Sprintf("%s%d", name, t.labels)
}

// constant is where a number lies in memory: as a whole vector for AVX2, which has no other way to take it as an operand.
func (t *target) constant(bits uint64) operand.Mem {
	at, ok := t.consts[bits]
	if !ok {
		at = len(t.order) * pick(t.zmm, t.size(), t.width())
		t.consts[bits] = at
		t.order = append(t.order, bits)
	}
	return operand.NewDataAddr(operand.NewStaticSymbol("numbers"+t.suffix()), at)
}

// finish writes the tables and the file.
func (t *target) finish() (asm, stubs []byte, err error) {
	t.table("numbers"+t.suffix(), t.order, pick(t.zmm, 1, t.lanes()))
	if !t.zmm { // a mask for a tail of r lanes begins r lanes before the zeros
		ones := make([]uint64, 2*t.lanes())
		for k := range t.lanes() {
			ones[k] = ^uint64(0)
		}
		t.table("masks"+t.suffix(), ones, 1)
	}
	iota := make([]uint64, t.lanes())
	for k := range iota {
		iota[k] = uint64(k)
	}
	t.table("iota"+t.suffix(), iota, 1)
	f, err := t.Result()
	if err != nil {
		return nil, nil, err
	}
	if err := pass.Compile.Execute(f); err != nil {
		return nil, nil, err
	}
	cfg := printer.Config{Name: "ebm/simd/gen", Pkg: "simd"}
	if asm, err = printer.NewGoAsm(cfg).Print(f); err != nil {
		return nil, nil, err
	}
	stubs, err = printer.NewStubs(cfg).Print(f)
	return asm, stubs, err
}

// table writes numbers, each repeated, as a symbol of this file.
func (t *target) table(name string, numbers []uint64, repeat int) {
	t.StaticGlobal(name)
	t.DataAttributes(attr.RODATA | attr.NOPTR)
	at := 0
	for _, n := range numbers {
		for range repeat {
			if t.wide {
				t.AddDatum(at, operand.U64(n))
			} else {
				t.AddDatum(at, operand.U32(uint32(n)))
			}
			at += t.size()
		}
	}
}

// broadcast loads one number to all lanes.
func (t *target) broadcast(m operand.Mem) reg.VecVirtual {
	v := t.vec()
	t.e("VBROADCASTS%", m, v)
	return v
}

func (t *target) zero() reg.VecVirtual {
	v := t.vec()
	if t.zmm {
		t.e("VPXOR#", v, v, v)
	} else {
		t.e("VXORP%", v, v, v)
	}
	return v
}

func (t *target) copy(v reg.VecVirtual) reg.VecVirtual {
	c := t.vec()
	t.e("VMOVAP%", v, c)
	return c
}

// A tail is the mask of the last, incomplete vector of a row.
type tail struct {
	k reg.OpmaskVirtual
	v reg.VecVirtual
}

// tailOf makes the mask of n lanes, less than a vector.
func (t *target) tailOf(n reg.Register) *tail {
	if t.zmm {
		m, all, k := t.GP64(), t.GP64(), t.K()
		t.MOVQ(operand.I32(-1), all)
		t.BZHIQ(n, all, m)
		t.KMOVW(m.As32(), k)
		return &tail{k: k}
	}
	p, i, v := t.GP64(), t.GP64(), t.vec()
	t.LEAQ(operand.NewDataAddr(operand.NewStaticSymbol("masks"+t.suffix()), 0), p)
	t.MOVQ(operand.I32(t.lanes()), i)
	t.SUBQ(n, i)
	t.VMOVUPS(operand.Mem{Base: p, Index: i, Scale: uint8(t.size())}, v)
	return &tail{v: v}
}

// load reads a vector, or with a tail its first lanes and zeros.
func (t *target) load(m operand.Mem, part *tail) reg.VecVirtual {
	v := t.vec()
	switch {
	case part == nil:
		t.e("VMOVUP%", m, v)
	case t.zmm:
		t.e("VMOVUP%_Z", m, part.k, v)
	default:
		t.e("VMASKMOVP%", m, part.v, v)
	}
	return v
}

func (t *target) store(v reg.VecVirtual, m operand.Mem, part *tail) {
	switch {
	case part == nil:
		t.e("VMOVUP%", v, m)
	case t.zmm:
		t.e("VMOVUP%", v, part.k, m)
	default:
		t.e("VMASKMOVP%", v, part.v, m)
	}
}

// function begins a kernel.
func (t *target) function(name, signature string) {
	t.Function(name)
	t.Attributes(attr.NOSPLIT)
	t.SignatureExpr(signature)
	t.Pragma("noescape")
}
