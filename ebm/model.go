package ebm

import (
	"sync"

	"joule/ebm/expr"
)

// A Model is an energy at a dimension: traced once, compiled with its gradient at first use, and safe for concurrent use.
type Model struct {
	dim   int
	graph *expr.Graph
	x, e  expr.ID

	compile sync.Once
	program *expr.Program
	value   *expr.Program
}

// Define returns the model of an energy on vectors of width dim. f runs once, on a symbol; it must return one number per sample.
// Misuse panics with an *Error.
func Define(dim int, f func(x Tensor) Tensor) *Model {
	if f == nil {
		expr.Fail("Define", "no function (nil)")
	}
	return New(dim, function(f))
}

// New returns the model of an energy at a dimension, like Define.
func New(dim int, e Energy) *Model {
	m, err := Trace(dim, e)
	if err != nil {
		panic(err)
	}
	return m
}

// Trace returns the model of an energy at a dimension, or the *Error of its misuse. Other panics of its code pass through.
func Trace(dim int, e Energy) (m *Model, err error) {
	defer func() {
		if r := recover(); r != nil {
			misuse, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			m, err = nil, misuse
		}
	}()
	if dim < 1 {
		expr.Fail("Define", "dimension %d", dim)
	}
	if e == nil {
		expr.Fail("Define", "no energy (nil)")
	}
	t := &trace{graph: expr.New()}
	defer func() { t.done = true }()
	x := t.graph.Input(0, expr.Vector(dim))
	y := e.Energy(Tensor{t: t, id: x})
	if y.t == nil && y.free == nil {
		expr.Fail("Define", "the energy returned a Tensor that comes from nothing")
	}
	out := y.in("Define", t)
	if s := t.graph.Shape(out); s.Size() != 1 {
		expr.Fail("Define", "an energy is one number per sample, not %v: reduce it with Sum, Norm or another", s)
	}
	return &Model{dim: dim, graph: t.graph, x: x, e: t.graph.Reshape(out, expr.Scalar())}, nil
}

// Dim returns the dimension: the width of the vectors that the energy is defined on.
func (m *Model) Dim() int { return m.dim }

// Energy lets a model be used within the function of another, on any vector of its dimension there.
func (m *Model) Energy(x Tensor) Tensor {
	if s := x.shape("Energy"); s.Size() != m.dim || s.Rank > 1 {
		expr.Fail("Energy", "the energy has dimension %d, the operand %v", m.dim, s)
	}
	return apply("Energy", func(g *expr.Graph, in []expr.ID) expr.ID {
		return g.Copy(m.graph, m.e, g.Reshape(in[0], expr.Vector(m.dim)))
	}, x)
}

// String describes the model.
func (m *Model) String() string {
	return "ebm.Model(" + expr.Vector(m.dim).String() + ")"
}

// Program returns the compiled energy and gradient, for code that runs panels itself, as samplers do: input 0 is x, result 0 the
// energy, result 1 its gradient in x.
func (m *Model) Program() *expr.Program {
	m.prepare()
	return m.program
}

// prepare compiles on a copy of the graph, because differentiating adds to it and others may be copying from the model.
func (m *Model) prepare() {
	m.compile.Do(func() {
		g := expr.New()
		x := g.Input(0, expr.Vector(m.dim))
		e := g.Copy(m.graph, m.e, x)
		m.value = expr.Compile(g, e)
		m.program = expr.Compile(g, e, g.Grad(e, x)[0])
	})
}
