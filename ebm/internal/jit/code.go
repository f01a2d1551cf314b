package jit

import (
	"errors"
	"math"
	"runtime"
	"unsafe"
)

// A Code is a compiled loop. It is immutable and safe for concurrent use.
type Code struct {
	at   uintptr
	size int // of the machine code
	work int // bytes of memory that it needs while it runs
}

// Size is the length of the machine code in bytes.
func (c *Code) Size() int { return c.size }

// Work is how many bytes of memory a run needs for itself.
func (c *Code) Work() int { return c.work }

// Run runs the loop on a panel and a uniform area, with memory of Work bytes that nobody else uses meanwhile (nil, if it is none).
func (c *Code) Run(panel, uniform, work unsafe.Pointer) {
	enter(c.at, panel, uniform, work)
	runtime.KeepAlive(c)
}

// ErrUnsupported is the error where this processor or this system does not allow it.
var ErrUnsupported = errors.New("jit: not on this system")

// Compile returns the loop over so many rows of so many lanes, for vectors of 64 bytes (AVX-512) or of 32 (AVX2 with FMA).
func (b *Builder) Compile(vector, lanes, rows int) (*Code, error) {
	if !Supported(vector) {
		return nil, ErrUnsupported
	}
	text, slots, err := b.assemble(vector, lanes, rows)
	if err != nil {
		return nil, err
	}
	at, free, err := executable(text)
	if err != nil {
		return nil, err
	}
	c := &Code{at: at, size: len(text), work: vector * slots}
	runtime.AddCleanup(c, func(free func()) { free() }, free)
	return c, nil
}

var errFar = errors.New("jit: the panel is too large for distances of 32 bits")

// far says that a distance within the panel or the uniform area does not fit into an instruction.
func (b *Builder) far(lanes, rows int) bool {
	size := 4
	if b.wide {
		size = 8
	}
	const most = math.MaxInt32 - 64
	limit := func(place, unit int) bool { return unit > 0 && place+rows > most/unit }
	for _, n := range b.nodes {
		switch n.op {
		case opRow, opFixed:
			if limit(int(n.bits), lanes*size) {
				return true
			}
		case opMoving, opUniform:
			if limit(int(n.bits), size) {
				return true
			}
		}
	}
	for _, st := range b.stores {
		if limit(st.row, lanes*size) {
			return true
		}
	}
	return false
}

// assemble writes the loops around the instructions for one vector.
func (b *Builder) assemble(width, lanes, rows int) (text []byte, slots int, err error) {
	if b.far(lanes, rows) {
		return nil, 0, errFar
	}
	order := b.schedule()
	a := &assembler{zmm: width == 64, wide: b.wide, at: map[uint64]int{}}
	g := &generator{assembler: a, b: b, lanes: lanes, order: order}
	vector := width / a.size()
	full, rest := lanes/vector*width, lanes%vector
	a.rest = rest
	most := int32(0)
	body := func(tail bool) error {
		err := g.body(tail)
		most = max(most, g.slots)
		return err
	}
	if rest > 0 && a.zmm {
		a.setMask(1, 1<<rest-1)
	}
	a.copy(r9, rdi)
	a.copy(r8, rsi)
	a.set(r10, rows)
	row := len(a.code)
	a.clear(rcx)
	if full > 0 {
		next := len(a.code)
		if err := body(false); err != nil {
			return nil, 0, err
		}
		a.number(0, rcx, width)
		a.number(7, rcx, full)
		a.jump(0x8C, next)
	}
	if rest > 0 {
		if err := body(true); err != nil {
			return nil, 0, err
		}
	}
	if rows > 1 {
		a.number(0, r9, lanes*a.size())
		a.number(0, r8, a.size())
		a.number(5, r10, 1)
		a.jump(0x85, row)
	}
	a.leave()
	return a.finish(), int(most), nil
}
