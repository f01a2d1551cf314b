package ebm

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"

	"joule/ebm/expr"
	"joule/ebm/simd"
)

// streamInit is the stream of the random numbers that weights start from.
const streamInit = 0x400

// Params are the parameters of a model: named arrays that are the same for all samples and that training changes. The function
// of DefineModel makes them with Weight, Bias and Value; afterwards they are read and set by name, or all at once as one vector θ
// in the order in which they were made.
//
// A model that is used within another lends it its parameters: there is one copy, which both see change. Values are replaced,
// never written to, so that reading them is safe while a model is trained; what is read during a step is the values of before or
// after it.
type Params struct {
	seed  int
	trace *trace // nil once the function has returned
	list  []param
}

// param is a parameter under the name that it has in one model.
type param struct {
	name string
	*cell
}

// A cell is the memory of a parameter.
type cell struct {
	shape  expr.Shape
	value  atomic.Pointer[version]
	single atomic.Pointer[single]
	spare  atomic.Pointer[version] // one that nobody has seen, for the next copy; nil: there is none
}

// A version is a value that a parameter has had. Training makes one at each step, mostly for nobody: its memory is used again unless it
// was taken.
type version struct {
	v     []float64
	taken atomic.Bool
}

// single is a value in single precision.
type single struct {
	of   *version
	v    []float32
	read atomic.Bool
}

// take returns the value, to keep. It marks the version first and then looks whether it still is the one; replacing does the opposite, so
// one of them sees the other.
func (c *cell) take() []float64 { return c.current().v }

func (c *cell) current() *version {
	for {
		v := c.value.Load()
		v.taken.Store(true)
		if c.value.Load() == v {
			return v
		}
	}
}

// put replaces the value.
func (c *cell) put(v []float64) { c.value.Store(&version{v: v}) }

// copy replaces the value by a copy of v, also in single precision if the one before was read in it.
func (c *cell) copy(v []float64) {
	next := c.spare.Swap(nil)
	if next == nil {
		next = &version{v: make([]float64, len(v))}
	} else {
		next = &version{v: next.v} // a new name for the memory: the old one may still be compared with
	}
	var narrow []float32
	if before := c.single.Load(); before != nil && before.of == c.value.Load() && before.read.Load() {
		narrow = make([]float32, len(v))
	}
	const piece = 1024 // stays in the nearest cache from one pass to the other
	for lo := 0; lo < len(v); lo += piece {
		hi := min(lo+piece, len(v))
		copy(next.v[lo:hi], v[lo:hi])
		if narrow != nil {
			simd.Narrow(narrow[lo:hi], v[lo:hi])
		}
	}
	old := c.value.Swap(next)
	if narrow != nil {
		c.single.Store(&single{of: next, v: narrow})
	}
	if !old.taken.Load() {
		c.spare.Store(old)
	}
}

// narrow returns the value in single precision, which is made once.
func (c *cell) narrow() []float32 {
	s := c.single.Load()
	if s == nil || s.of != c.value.Load() {
		s = newSingle(c.current())
		c.single.Store(s)
	}
	s.read.Store(true)
	return s.v
}

func newSingle(of *version) *single {
	s := &single{of: of, v: make([]float32, len(of.v))}
	simd.Narrow(s.v, of.v)
	return s
}

func newCell(s expr.Shape, v []float64) *cell {
	c := &cell{shape: s}
	c.put(v)
	return c
}

// Weight makes a parameter of in rows and out columns, to be applied to a vector of width in: p.Weight("W", 2, 16).Apply(x). It
// starts with normal numbers of variance 1/in, which keeps the scale of what passes through (LeCun, Bottou, Orr and Müller,
// "Efficient BackProp", 1998, section 4.6). They follow from the seed of the model and the place of the parameter in it.
func (p *Params) Weight(name string, in, out int) Tensor {
	if in < 1 || out < 1 {
		expr.Fail("Weight", "%q of %d × %d", name, in, out)
	}
	v := make([]float64, in*out)
	simd.Source{Seed: uint64(p.seed), Stream: streamInit}.Normals(v, uint32(len(p.list)), 0)
	for i := range v {
		v[i] /= math.Sqrt(float64(in))
	}
	return p.make("Weight", name, expr.Matrix(in, out), v)
}

// Filters makes a parameter of count filters of size × size for images of so many channels, to be moved over one by Conv. They start like
// a Weight.
func (p *Params) Filters(name string, count, channels, size int) Tensor {
	if count < 1 || channels < 1 || size < 1 {
		expr.Fail("Filters", "%q of %d filters of %d × %d × %d", name, count, channels, size, size)
	}
	n := channels * size * size
	v := make([]float64, count*n)
	simd.Source{Seed: uint64(p.seed), Stream: streamInit}.Normals(v, uint32(len(p.list)), 0)
	for i := range v {
		v[i] /= math.Sqrt(float64(n))
	}
	return p.make("Filters", name, expr.Matrix(count, n), v)
}

// Bias makes a vector parameter of n zeros.
func (p *Params) Bias(name string, n int) Tensor {
	if n < 1 {
		expr.Fail("Bias", "%q of width %d", name, n)
	}
	return p.make("Bias", name, expr.Vector(n), make([]float64, n))
}

// Value makes a parameter that starts at v: a number (a scalar), a numeric slice (a vector) or equally long rows (a matrix).
func (p *Params) Value(name string, v any) Tensor {
	c := operand("Value", v)
	if c.free == nil {
		expr.Fail("Value", "%q must start at numbers, not at a Tensor of an energy", name)
	}
	return p.make("Value", name, c.free.shape, slices.Clone(c.free.data))
}

func (p *Params) make(op, name string, s expr.Shape, v []float64) Tensor {
	if p.trace == nil {
		expr.Fail(op, "parameters are made in the function of the model only")
	}
	if name == "" {
		expr.Fail(op, "a parameter needs a name")
	}
	if p.index(name) >= 0 {
		expr.Fail(op, "there is a parameter %q already; to use it twice, keep the Tensor", name)
	}
	return Tensor{t: p.trace, id: p.trace.param(name, newCell(s, v))}
}

// param adds a parameter to the trace.
func (t *trace) param(name string, c *cell) expr.ID {
	p := t.params
	p.list = append(p.list, param{name, c})
	return t.graph.Param(len(p.list)-1, name, c.shape)
}

// borrow adds a parameter of another model to the trace, once, under its name there or the next that is free.
func (t *trace) borrow(from param) expr.ID {
	for k, q := range t.params.list {
		if q.cell == from.cell {
			return t.graph.Param(k, q.name, q.shape)
		}
	}
	name := from.name
	for n := 2; t.params.index(name) >= 0; n++ {
		name = fmt.Sprintf("%s.%d", from.name, n)
	}
	return t.param(name, from.cell)
}

func (p *Params) index(name string) int {
	return slices.IndexFunc(p.list, func(q param) bool { return q.name == name })
}

// values are the values for a run of a program.
func (p *Params) values() [][]float64 {
	v := make([][]float64, len(p.list))
	for k, q := range p.list {
		v[k] = q.take()
	}
	return v
}

// singles are the values in single precision.
func (p *Params) singles() [][]float32 {
	v := make([][]float32, len(p.list))
	for k, q := range p.list {
		v[k] = q.narrow()
	}
	return v
}

// Names returns the names in the order in which the parameters were made.
func (p *Params) Names() []string {
	names := make([]string, len(p.list))
	for k, q := range p.list {
		names[k] = q.name
	}
	return names
}

// Len is the number of numbers in all parameters.
func (p *Params) Len() int {
	n := 0
	for _, q := range p.list {
		n += q.shape.Size()
	}
	return n
}

// Shape returns the extents of a parameter: none for a scalar.
func (p *Params) Shape(name string) []int { return slices.Clone(p.at("Shape", name).shape.Dims()) }

// Get returns a copy of the numbers of a parameter, row by row.
func (p *Params) Get(name string) []float64 { return slices.Clone(p.at("Get", name).take()) }

// View returns the numbers of a parameter as they are now, row by row, without a copy; they must not be changed.
func (p *Params) View(name string) []float64 { return p.at("View", name).take() }

// View32 is View in single precision.
func (p *Params) View32(name string) []float32 { return p.at("View32", name).narrow() }

// Set gives a parameter the value v: a number, a numeric slice or rows, of as many numbers as it has.
func (p *Params) Set(name string, v any) {
	q, c := p.at("Set", name), operand("Set", v)
	switch {
	case c.free == nil:
		expr.Fail("Set", "%q is set to numbers, not to a Tensor of an energy", name)
	case len(c.free.data) != q.shape.Size():
		expr.Fail("Set", "%q has %d numbers, not %d", name, q.shape.Size(), len(c.free.data))
	}
	q.put(slices.Clone(c.free.data))
}

func (p *Params) at(op, name string) param {
	k := p.index(name)
	if k < 0 {
		expr.Fail(op, "no parameter %q among %s", name, strings.Join(p.Names(), ", "))
	}
	return p.list[k]
}

// Theta returns all numbers as one vector: the parameters one after the other.
func (p *Params) Theta() []float64 {
	theta := make([]float64, 0, p.Len())
	for _, v := range p.values() {
		theta = append(theta, v...)
	}
	return theta
}

// SetTheta sets all numbers from one vector, which it copies.
func (p *Params) SetTheta(theta []float64) {
	if len(theta) != p.Len() {
		expr.Fail("SetTheta", "%d numbers for parameters of %d", len(theta), p.Len())
	}
	for _, q := range p.list {
		n := q.shape.Size()
		q.copy(theta[:n])
		theta = theta[n:]
	}
}

// String lists the parameters with their shapes.
func (p *Params) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ebm.Params: %d numbers", p.Len())
	for _, q := range p.list {
		fmt.Fprintf(&b, "\n  %s (%v)", q.name, q.shape)
	}
	return b.String()
}
