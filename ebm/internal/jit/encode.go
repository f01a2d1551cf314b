package jit

import "encoding/binary"

// General registers, by their numbers.
const (
	rax = 0
	rcx = 1 // bytes from the beginning of a row to the vector
	rdx = 2 // memory for values that no register is left for
	rsi = 6 // the uniform area
	rdi = 7 // the panel
	r8  = 8 // the uniform area, moved by the rows that are done
	r9  = 9 // the panel, likewise
	r10 = 10
)

// Prefixes and maps of opcodes, as the encoding numbers them.
const (
	ppNone = 0
	pp66   = 1
	map0F  = 1
	map38  = 2
	map3A  = 3
)

// A place is the last operand of an instruction: a register, or memory.
type place struct {
	kind  kind
	reg   int // of vectors
	base  int
	index int // −1: none
	disp  int
	each  bool // one number for all lanes
	bits  uint64
	mask  bool // the constant tailMask
}

type kind uint8

const (
	inRegister kind = iota
	inMemory
	inTable // of constants, behind the code
)

// An assembler writes machine code for AVX-512, or for AVX2 with FMA.
type assembler struct {
	zmm    bool // AVX-512
	wide   bool // float64
	rest   int  // lanes of the last, incomplete vector
	code   []byte
	table  []uint64
	at     map[uint64]int
	fixups []fixup
}

// A fixup is where the distance of a constant is to be written, and from where it counts.
type fixup struct{ at, from, constant int }

// tailMask is the number of the constant that is no number: the mask of the last vector, for AVX2.
const tailMask = -1

func (a *assembler) size() int {
	if a.wide {
		return 8
	}
	return 4
}

// width is the size of a vector in bytes.
func (a *assembler) width() int {
	if a.zmm {
		return 64
	}
	return 32
}

// An encoding is what tells vector instructions apart. In float64 they have the bit W and, if they are of floats without a prefix, the
// prefix 66.
type encoding struct {
	pp, mm, op byte
	float      bool
}

var (
	movLoad   = encoding{ppNone, map0F, 0x10, true}
	movStore  = encoding{ppNone, map0F, 0x11, true}
	movCopy   = encoding{ppNone, map0F, 0x28, true}
	broadcast = encoding{pp66, map38, 0x18, false}
	xorBits   = encoding{pp66, map0F, 0xEF, false}
	blend     = encoding{pp66, map38, 0x65, false}
	compare   = encoding{ppNone, map0F, 0xC2, true}

	// Of AVX2: with masks in vectors.
	choose    = encoding{pp66, map3A, 0x4A, false} // VBLENDVPS
	maskLoad  = encoding{pp66, map38, 0x2C, false}
	maskStore = encoding{pp66, map38, 0x2E, false}
)

var encodings = map[opcode]encoding{
	opAdd: {ppNone, map0F, 0x58, true}, opMul: {ppNone, map0F, 0x59, true}, opSub: {ppNone, map0F, 0x5C, true},
	opMin: {ppNone, map0F, 0x5D, true}, opDiv: {ppNone, map0F, 0x5E, true}, opMax: {ppNone, map0F, 0x5F, true},
	opSqrt: {ppNone, map0F, 0x51, true}, opAnd: {pp66, map0F, 0xDB, false}, opOr: {pp66, map0F, 0xEB, false}, opXor: xorBits,
	opIAdd: {pp66, map0F, 0xFE, false},
}

// The fused multiplications with the operands in the order 132, 213 and 231.
var fused = map[opcode][3]byte{opFMA: {0x98, 0xA8, 0xB8}, opFNMA: {0x9C, 0xAC, 0xBC}}

func (a *assembler) emit(b ...byte) { a.code = append(a.code, b...) }

func (a *assembler) int32(v int) {
	a.code = binary.LittleEndian.AppendUint32(a.code, uint32(int32(v)))
}

// vector writes an instruction on vectors. k is the mask of the lanes that are written, 0: all, and with zero the others become zero, which
// AVX-512 has. imm is a byte that follows, −1: none.
func (a *assembler) vector(e encoding, dst, src int, last place, k int, zero bool, imm int) {
	if a.wide {
		switch {
		case e.float && e.pp == ppNone:
			e.pp = pp66
		case e == xorBits, e.op == 0xDB, e.op == 0xEB: // the same for both
		case e == broadcast, e == choose, e == maskLoad, e == maskStore: // VBROADCASTSD and so on
			e.op++
		case e.op == 0xFE && e.mm == map0F: // VPADDQ
			e.op = 0xD4
		}
	}
	// A bit of a register's number, inverted, as the prefixes have them.
	not := func(v, bit int) byte { return byte(^v>>bit) & 1 }
	var x, b byte = 1, 1
	switch last.kind {
	case inRegister:
		x, b = not(last.reg, 4), not(last.reg, 3)
	case inMemory:
		b = not(last.base, 3)
		if last.index >= 0 {
			x = not(last.index, 3)
		}
	}
	if a.zmm {
		a.evex(e, not(dst, 3)<<7|x<<6|b<<5|not(dst, 4)<<4, src, last.each && e.op&^1 != broadcast.op, k, zero)
	} else {
		w := byte(0)
		if a.wide && e.mm == map38 && e.op >= 0x98 && e.op <= 0xBC { // fused multiplications
			w = 1
		}
		a.emit(0xC4, not(dst, 3)<<7|x<<6|b<<5|e.mm, w<<7|byte(^src&15)<<3|1<<2|e.pp, e.op)
	}
	a.last(dst&7, last, imm >= 0)
	if imm >= 0 {
		a.emit(byte(imm))
	}
}

// evex writes the prefix of AVX-512 and the opcode.
func (a *assembler) evex(e encoding, high byte, src int, each bool, k int, zero bool) {
	w, p2 := byte(0), byte(2<<5)|byte(^src>>4&1)<<3|byte(k)
	if a.wide {
		w = 1
	}
	if zero {
		p2 |= 1 << 7
	}
	if each {
		p2 |= 1 << 4
	}
	a.emit(0x62, high|e.mm, w<<7|byte(^src&15)<<3|1<<2|e.pp, p2, e.op)
}

// last writes the bytes that say where the last operand is.
func (a *assembler) last(reg int, p place, imm bool) {
	r := byte(reg << 3)
	switch p.kind {
	case inRegister:
		a.emit(0xC0 | r | byte(p.reg&7))
	case inTable:
		a.emit(r | 5)
		f := fixup{at: len(a.code), from: len(a.code) + 4, constant: tailMask}
		if !p.mask {
			f.constant = a.constant(p.bits)
		}
		if imm {
			f.from++
		}
		a.fixups = append(a.fixups, f)
		a.int32(0)
	default:
		unit := 1
		switch { // short distances count in units, with AVX-512
		case a.zmm && p.each:
			unit = a.size()
		case a.zmm:
			unit = 64
		}
		short := p.disp%unit == 0 && p.disp/unit >= -128 && p.disp/unit <= 127
		mod := byte(0x80)
		if short {
			mod = 0x40
		}
		if p.index >= 0 {
			a.emit(mod|r|4, byte(p.index&7)<<3|byte(p.base&7))
		} else {
			a.emit(mod | r | byte(p.base&7))
		}
		if short {
			a.emit(byte(p.disp / unit))
		} else {
			a.int32(p.disp)
		}
	}
}

func (a *assembler) constant(bits uint64) int {
	k, ok := a.at[bits]
	if !ok {
		k = len(a.table)
		a.table = append(a.table, bits)
		a.at[bits] = k
	}
	return k
}

// finish puts the constants behind the code: for AVX2 as whole vectors, which has no other way to take them as operands.
func (a *assembler) finish() []byte {
	for len(a.code)%64 != 0 {
		a.emit(0xCC)
	}
	begin, repeat := len(a.code), 1
	if !a.zmm {
		repeat = a.width() / a.size()
	}
	for _, c := range a.table {
		for range repeat {
			a.lane(c)
		}
	}
	for i := range repeat { // the mask
		if i < a.rest {
			a.lane(1<<64 - 1)
		} else {
			a.lane(0)
		}
	}
	for _, f := range a.fixups {
		if f.constant == tailMask {
			f.constant = len(a.table)
		}
		binary.LittleEndian.PutUint32(a.code[f.at:], uint32(int32(begin+f.constant*repeat*a.size()-f.from)))
	}
	return a.code
}

func (a *assembler) lane(bits uint64) {
	if a.wide {
		a.code = binary.LittleEndian.AppendUint64(a.code, bits)
	} else {
		a.code = binary.LittleEndian.AppendUint32(a.code, uint32(bits))
	}
}

// shift is a shift of integers by a constant.
func (a *assembler) shift(left bool, dst, src, by int) {
	e, ext := encoding{pp66, map0F, 0x72, false}, 2
	if a.wide {
		e.op = 0x73
	}
	if left {
		ext = 6
	}
	a.vector(e, ext, dst, place{reg: src}, 0, false, by)
}

// What moves the loops.

func (a *assembler) setMask(k, bits int) { // MOVL bits, AX; KMOVW AX, k
	a.emit(0xB8)
	a.int32(bits)
	a.emit(0xC5, 0xF8, 0x92, 0xC0|byte(k)<<3)
}

func (a *assembler) clear(reg int) { a.emit(0x31, 0xC0|byte(reg<<3|reg)) } // XORL reg, reg

func (a *assembler) set(reg, v int) { // MOVL v, reg
	a.rex(0x40, reg)
	a.emit(0xB8 | byte(reg&7))
	a.int32(v)
}

func (a *assembler) rex(prefix byte, reg int) {
	if reg > 7 {
		prefix |= 1
	}
	if prefix != 0x40 {
		a.emit(prefix)
	}
}

func (a *assembler) copy(dst, src int) { // MOVQ src, dst
	r := byte(0x48)
	if src > 7 {
		r |= 4
	}
	if dst > 7 {
		r |= 1
	}
	a.emit(r, 0x89, 0xC0|byte(src&7)<<3|byte(dst&7))
}

// number is an instruction with a number: 0 adds it, 5 subtracts it, 7 compares with it.
func (a *assembler) number(ext, reg, v int) {
	a.rex(0x48, reg)
	a.emit(0x81, 0xC0|byte(ext<<3)|byte(reg&7))
	a.int32(v)
}

// jump jumps back where the last comparison found less (0x8C), or a difference (0x85).
func (a *assembler) jump(cond byte, to int) {
	a.emit(0x0F, cond)
	a.int32(to - len(a.code) - 4)
}

func (a *assembler) leave() { a.emit(0xC5, 0xF8, 0x77, 0xC3) } // VZEROUPPER; RET
