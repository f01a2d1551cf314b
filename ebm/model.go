package ebm

import (
	"fmt"
	"sync"

	"joule/ebm/expr"
)

// A Model is an energy at a dimension: traced once, compiled with its gradient at first use, and safe for concurrent use. It may
// have parameters; what it computes follows their values.
type Model struct {
	dim    int
	graph  *expr.Graph
	x, e   expr.ID
	params *Params
	source Energy

	compile sync.Once
	program *expr.Program
	value   *expr.Program

	compileTheta sync.Once
	theta        *expr.Program

	compileAll sync.Once
	all        *expr.Program

	loops sync.Map // name → func() *Loop
}

// Define returns the model of an energy on vectors of width dim. f runs once, on a symbol; it must return one number per sample.
// Misuse panics with an *Error.
func Define(dim int, f func(x Tensor) Tensor) *Model {
	if f == nil {
		expr.Fail("Define", "no function (nil)")
	}
	return New(dim, function(f))
}

// DefineModel returns the model of an energy with parameters on vectors of width dim. f runs once; it makes the parameters with
// the methods of p, whose random starting values follow from the seed.
func DefineModel(dim, seed int, f func(p *Params, x Tensor) Tensor) *Model {
	if f == nil {
		expr.Fail("DefineModel", "no function (nil)")
	}
	return NewModel(dim, seed, family(f))
}

// A Family is an energy with parameters, written down as a type: a network, a machine. Its Energy makes the parameters.
type Family interface {
	Energy(p *Params, x Tensor) Tensor
}

// A Binder is a Family that knows more of its energies than their formula. Bind returns the energy with given parameters as such
// a thing; it becomes the Source of the model.
type Binder interface {
	Family
	Bind(p *Params) Energy
}

type family func(p *Params, x Tensor) Tensor

func (f family) Energy(p *Params, x Tensor) Tensor { return f(p, x) }

// NewModel returns the model of a family at a dimension, like DefineModel.
func NewModel(dim, seed int, f Family) *Model {
	if f == nil {
		expr.Fail("DefineModel", "no energy (nil)")
	}
	m, err := traced("DefineModel", dim, seed, nil, f.Energy)
	if err != nil {
		panic(err)
	}
	if b, ok := f.(Binder); ok {
		m.source = b.Bind(m.params)
	}
	return m
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
func Trace(dim int, e Energy) (*Model, error) {
	return traced("Define", dim, 0, e, func(_ *Params, x Tensor) Tensor {
		if e == nil {
			expr.Fail("Define", "no energy (nil)")
		}
		return e.Energy(x)
	})
}

func traced(op string, dim, seed int, source Energy, f func(p *Params, x Tensor) Tensor) (m *Model, err error) {
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
		expr.Fail(op, "dimension %d", dim)
	}
	t := newTrace(seed)
	defer func() { t.done, t.params.trace = true, nil }()
	x := t.graph.Input(0, expr.Vector(dim))
	y := f(t.params, Tensor{t: t, id: x})
	if y.t == nil && y.free == nil {
		expr.Fail(op, "the energy returned a Tensor that comes from nothing")
	}
	out := y.in(op, t)
	if s := t.graph.Shape(out); s.Size() != 1 {
		expr.Fail(op, "an energy is one number per sample, not %v: reduce it with Sum, Norm or another", s)
	}
	return &Model{dim: dim, graph: t.graph, x: x, e: t.graph.Reshape(out, expr.Scalar()), params: t.params, source: source}, nil
}

// Dim returns the dimension: the width of the vectors that the energy is defined on.
func (m *Model) Dim() int { return m.dim }

// Params returns the parameters, in the order in which they were made; of a model without any an empty list.
func (m *Model) Params() *Params { return m.params }

// Source returns the energy that the model was made of, for those that know more of it than its formula: Gibbs sampling needs
// the conditional distributions, for example. It is nil for a model that was defined by a function with parameters.
func (m *Model) Source() Energy { return m.source }

// Energy lets a model be used within the function of another, on any vector of its dimension there. The other shares its
// parameters.
func (m *Model) Energy(x Tensor) Tensor {
	if s := x.shape("Energy"); s.Size() != m.dim || s.Rank > 1 {
		expr.Fail("Energy", "the energy has dimension %d, the operand %v", m.dim, s)
	}
	return applyTrace("Energy", func(t *trace, in []expr.ID) expr.ID {
		x := t.graph.Reshape(in[0], expr.Vector(m.dim))
		return t.graph.CopyWith(m.graph, m.e, []expr.ID{x}, func(n expr.Node) expr.ID {
			return t.borrow(m.params.list[n.Attr.I[0]])
		})
	}, x)
}

// String describes the model.
func (m *Model) String() string {
	if n := m.params.Len(); n > 0 {
		return fmt.Sprintf("ebm.Model(%v, %d parameters)", expr.Vector(m.dim), n)
	}
	return "ebm.Model(" + expr.Vector(m.dim).String() + ")"
}

// Program returns the compiled energy and gradient, for code that runs panels itself, as samplers do: input 0 is x, result 0 the
// energy, result 1 its gradient in x. The parameters are those of Params, in order; NewMachine sets them.
func (m *Model) Program() *expr.Program {
	m.prepare()
	return m.program
}

// NewMachine returns a machine of Program for panels of up to the given number of lanes, with the parameters as they are now.
func (m *Model) NewMachine(lanes int) *expr.Machine {
	machine := m.Program().NewMachine(lanes)
	m.Refresh(machine)
	return machine
}

// Refresh gives a machine of Program the parameters as they are now.
func (m *Model) Refresh(machine *expr.Machine) {
	if len(m.params.list) == 0 {
		return
	}
	for k, v := range m.params.values() {
		machine.SetParam(k, v)
	}
	machine.Begin()
}

// prepare compiles on a copy of the graph, because differentiating adds to it and others may be copying from the model.
func (m *Model) prepare() {
	m.compile.Do(func() {
		g, x, e := m.copy()
		m.value = expr.Compile(g, e)
		m.program = expr.Compile(g, e, g.Grad(e, x)[0])
	})
}

// prepareTheta compiles the gradient in the parameters: results are the energy, its sum over the batch, and the gradient of that
// sum in each parameter.
func (m *Model) prepareTheta() {
	m.compileTheta.Do(func() { m.theta = m.thetaProgram(false) })
}

// prepareAll compiles both gradients; that in x is the last result.
func (m *Model) prepareAll() {
	m.compileAll.Do(func() { m.all = m.thetaProgram(true) })
}

func (m *Model) thetaProgram(inX bool) *expr.Program {
	g, x, e := m.copy()
	params := make([]expr.ID, len(m.params.list))
	for k := range params {
		params[k] = expr.None
	}
	for id := range expr.ID(g.Len()) {
		if n := g.Node(id); n.Op == expr.Param && params[n.Attr.I[0]] == expr.None {
			params[n.Attr.I[0]] = id
		}
	}
	for k, q := range m.params.list {
		if params[k] == expr.None { // made, and not used
			params[k] = g.Param(k, q.name, q.shape)
		}
	}
	total := g.Apply(expr.BatchSum, expr.Attr{}, m.perSample(g, e))
	outs := []expr.ID{e, total}
	for _, d := range g.Grad(total, params...) {
		if n := g.Node(d); !n.Summed() { // zeros, which no sample contributes to
			d = g.Apply(expr.Add, expr.Attr{}, d, g.Apply(expr.Mul, expr.Attr{}, g.Number(0), total))
		}
		outs = append(outs, d)
	}
	if inX {
		outs = append(outs, g.Grad(e, x)[0])
	}
	return expr.Compile(g, outs...)
}

// perSample makes an energy that is the same for all samples one per sample.
func (m *Model) perSample(g *expr.Graph, e expr.ID) expr.ID {
	if n := g.Node(e); !n.Uniform() {
		return e
	}
	x := g.Input(0, expr.Vector(m.dim))
	zero := g.Apply(expr.Mul, expr.Attr{}, g.Number(0), g.Apply(expr.Sum, expr.Attr{}, x))
	return g.Apply(expr.Add, expr.Attr{}, e, zero)
}

// copy returns a graph of the energy with one node for each parameter.
func (m *Model) copy() (g *expr.Graph, x, e expr.ID) {
	g = expr.New()
	x = g.Input(0, expr.Vector(m.dim))
	nodes := map[int]expr.ID{}
	e = g.CopyWith(m.graph, m.e, []expr.ID{x}, func(n expr.Node) expr.ID {
		k := n.Attr.I[0]
		if _, ok := nodes[k]; !ok {
			nodes[k] = g.Param(k, n.Name, n.Shape)
		}
		return nodes[k]
	})
	return g, x, e
}
