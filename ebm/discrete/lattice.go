package discrete

import (
	"encoding/binary"
	"math"
	"runtime"
	"sync/atomic"

	"joule/ebm/expr"
	"joule/ebm/simd"
)

// A board is a square lattice of spins as two boards of half the width, one for the black fields of a chess-board and one for the white:
// neighbours are always of the other colour, so all of one colour are drawn at once, and side by side in memory. A spin is a byte, 1 for
// up, with some room around each row for the neighbours across the edge.
//
// Field (r, j) of colour k is in column 2j + (r+k)%2. Its neighbours of the other colour are (r±1, j), (r, j), and (r, j+1) where the
// column is odd, (r, j−1) where it is even.
type board struct {
	rows, half int
	stride     int // of rows in memory
	fields     [2][]byte
	table      [16]byte   // by the number of neighbours that are up: the first byte of the probability of being up
	rest       [16]uint32 // the other three
}

// margin is the room on either side of a row.
const margin = 32

// boards are the configurations of a panel.
type boards struct {
	m      *Ising
	chains []*board
}

// Pack returns boards for a lattice of even sides; other models have none.
func (m *Ising) Pack(lanes int) interface {
	Place(x []float64)
	Sweep(src simd.Source, first uint32, step uint64)
	Rows(dst []float64)
} {
	if m.rows == 0 || m.rows%2 != 0 || m.cols%2 != 0 {
		return nil
	}
	b := &boards{m: m}
	for range lanes {
		b.chains = append(b.chains, newBoard(m))
	}
	return b
}

// Lanes is a few chains for a lattice, whose panels are large and do not gain from more, and as many as the processor likes otherwise.
func (m *Ising) Lanes(n int) int {
	if m.rows == 0 {
		return min(n, expr.Lanes)
	}
	return min(n, 4)
}

func newBoard(m *Ising) *board {
	b := &board{rows: m.rows, half: m.cols / 2}
	b.stride = (b.half+31)/32*32 + 2*margin
	for k := range b.fields {
		b.fields[k] = make([]byte, b.rows*b.stride)
	}
	for up := range 5 {
		p := sigmoid(2 * (m.coupling*float64(2*up-4) + m.field[0]))
		bits := uint32(math.Min(math.Round(p*(1<<32)), 1<<32-1))
		b.table[up], b.rest[up] = byte(bits>>24), bits<<8
	}
	return b
}

// row is row r of a colour, from its first field on.
func (b *board) row(colour, r int) []byte { return b.fields[colour][r*b.stride+margin:][:b.half] }

// around is the row moved by one field, to the right (+1) or the left (−1).
func (b *board) around(colour, r, by int) []byte {
	return b.fields[colour][r*b.stride+margin+by:][:b.half]
}

// close copies the ends of a row to where its neighbours across the edge are looked for.
func (b *board) close(colour, r int) {
	row := b.fields[colour][r*b.stride:]
	row[margin-1], row[margin+b.half] = row[margin+b.half-1], row[margin]
}

// each calls do for every spin, in the order of the model.
func (b *board) each(do func(i int, at *byte)) {
	i := 0
	for r := range b.rows {
		black, white := b.row(r%2, r), b.row(1-r%2, r) // the colours of the even and of the odd columns
		for j := range black {
			do(i, &black[j])
			do(i+1, &white[j])
			i += 2
		}
	}
}

// Place sets the spins.
func (b *boards) Place(x []float64) {
	lanes := len(b.chains)
	for l, c := range b.chains {
		c.each(func(i int, at *byte) {
			*at = 0
			if x[i*lanes+l] > 0 {
				*at = 1
			}
		})
		for r := range c.rows {
			c.close(0, r)
			c.close(1, r)
		}
	}
}

// Rows reads them.
func (b *boards) Rows(dst []float64) {
	lanes := len(b.chains)
	for l, c := range b.chains {
		c.each(func(i int, at *byte) { dst[i*lanes+l] = 2*float64(*at) - 1 })
	}
}

// Sweep draws the spins of one colour, then those of the other.
func (b *boards) Sweep(src simd.Source, first uint32, step uint64) {
	for l, c := range b.chains {
		for colour := range 2 {
			c.draw(colour, src, first+uint32(l), step)
		}
	}
}

// block is the number of rows that are drawn with one call for random numbers, and share is how many spins are worth a hand.
const (
	block = 16
	share = 1 << 14
)

// draw draws the spins of a colour. Rows do not depend on each other.
func (b *board) draw(colour int, src simd.Source, chain uint32, step uint64) {
	blocks := (b.rows + block - 1) / block
	hands := min(runtime.GOMAXPROCS(0), b.rows*b.half/share)
	var next atomic.Int64
	expr.Parallel(hands, func() {
		d := &drawing{b: b, colour: colour, src: src, chain: chain, step: step, width: (b.half + 15) / 16 * 16}
		d.random, d.ties = make([]byte, block*d.width), make([]uint32, (b.half+31)/32)
		for k := int(next.Add(1)) - 1; k < blocks; k = int(next.Add(1)) - 1 {
			d.block(k)
		}
	})
}

// A drawing is what a hand needs to draw rows of a colour.
type drawing struct {
	b      *board
	colour int
	src    simd.Source
	chain  uint32
	step   uint64
	width  int // random bytes of a row
	random []byte
	ties   []uint32
	spare  [256]byte // words that decide ties
	used   int       // words of it
}

// block draws the rows of one block.
func (d *drawing) block(k int) {
	b, other := d.b, 1-d.colour
	number := uint32(2*k + d.colour)
	d.src.Bits(d.random, d.chain, number, d.step)
	apart := d.src
	apart.Stream |= 0x8000
	apart.Bits(d.spare[:], d.chain, number, d.step)
	d.used = 0
	for r := k * block; r < min((k+1)*block, b.rows); r++ {
		side := 2*((r+d.colour)%2) - 1
		up, down := b.row(other, (r+b.rows-1)%b.rows), b.row(other, (r+1)%b.rows)
		beside, aside := b.row(other, r), b.around(other, r, side)
		random := d.random[r%block*d.width:]
		simd.LatticeRow(b.row(d.colour, r), up, down, beside, aside, random, &b.table, d.ties, func(i int) byte {
			return d.tie(up[i]+down[i]+beside[i]+aside[i], number)
		})
		b.close(d.colour, r)
	}
}

// tie decides where the first byte of a random number is that of the probability, by 32 further bits.
func (d *drawing) tie(up byte, number uint32) byte {
	var word uint32
	if at := 4 * d.used; at < len(d.spare) {
		word = binary.LittleEndian.Uint32(d.spare[at:])
	} else { // a wide board
		src := d.src
		src.Stream |= 0x4000
		word = src.Word(d.chain, number<<16+uint32(d.used), d.step)
	}
	d.used++
	if word < d.b.rest[up] {
		return 1
	}
	return 0
}
