package loss

import (
	"fmt"
	"math"

	"joule/ebm"
	"joule/ebm/optim"
	"joule/ebm/simd"
)

// A Loss is the description of what is minimised, such as DSM{Sigma: 0.1}.
type Loss interface {
	// Prepare returns the loss of a model. It panics with an error where they do not fit.
	Prepare(s Setup) Objective
}

// A Setup is what a loss is prepared for.
type Setup struct {
	Model *ebm.Model
	Data  [][]float64 // all of it, for what a loss must know of its extent; each row of the width of the model
	Batch int         // rows per step
	Seed  int         // of all random numbers
	// Single asks for single precision where it serves: in training, where the noise of a batch is far greater.
	Single bool
}

// An Objective is a loss of a model.
type Objective interface {
	// Params are the parameters that the loss depends on: those of the model, and any of the loss itself.
	Params() *ebm.Params
	// Gradient returns the mean loss over a batch, whose rows lie one after the other, and sets gradient to its gradient in the
	// parameters, unless it is nil. step chooses the random numbers. It may move Markov chains, so it is to be called once a step.
	Gradient(gradient, batch []float64, step int) float64
}

// A Resetter is an Objective with memory that may have gone bad, such as Markov chains. Reset makes it forget.
type Resetter interface{ Reset() }

// Streams of random numbers.
const (
	streamNoise = 0x600 + iota
	streamLangevin
	streamBuffer
	streamFresh
)

// A Formula is the loss of one sample x, given as many independent standard normal numbers.
type Formula func(e ebm.Energy, x, noise ebm.Tensor) ebm.Tensor

// Func returns the loss with a formula for one sample. It is called once, on symbols; ebm.Grad of e.Energy is its friend:
//
//	loss.Func(func(e ebm.Energy, x, noise ebm.Tensor) ebm.Tensor {
//		return ebm.Grad(e.Energy(x), x).Square().Sum()
//	})
func Func(f func(e ebm.Energy, x, noise ebm.Tensor) ebm.Tensor) Loss { return Formula(f) }

// Prepare returns the loss of a model.
func (f Formula) Prepare(s Setup) Objective {
	if f == nil {
		panic(fmt.Errorf("loss: no formula (nil)"))
	}
	return s.perSample(s.Model.Dim(), normals(s.Seed, s.Model.Dim()),
		func(_ *ebm.Params, x, noise ebm.Tensor) ebm.Tensor { return f(s.Model, x, noise) })
}

// normals fills rows of the width with numbers of their own for each step and row.
func normals(seed, width int) func(aux, batch []float64, step int) {
	src := simd.Source{Seed: uint64(seed), Stream: streamNoise}
	var panel []float64
	return func(aux, _ []float64, step int) {
		n := len(aux) / width
		if len(panel) != len(aux) {
			panel = make([]float64, len(aux))
		}
		src.NormalPanel(panel, width, n, 0, uint64(step))
		simd.Float64(simd.Best()).Transpose(aux, width, panel, width, n, n)
	}
}

// perSample returns the loss whose value for a sample is a formula of it and of aux further numbers, which fill provides. The
// formula may make parameters.
func (s Setup) perSample(aux int, fill func(aux, batch []float64, step int),
	f func(p *ebm.Params, x, aux ebm.Tensor) ebm.Tensor) *objective {
	dim := s.Model.Dim()
	m := ebm.DefineModel(dim+aux, s.Seed, func(p *ebm.Params, z ebm.Tensor) ebm.Tensor {
		if aux == 0 {
			return f(p, z, ebm.Tensor{})
		}
		return f(p, z.Slice(0, dim), z.Slice(dim, dim+aux))
	})
	return &objective{model: m, dim: dim, aux: aux, fill: fill, single: s.Single}
}

// objective is the mean of a formula over a batch: an energy of samples beside what they are compared with.
type objective struct {
	model    *ebm.Model
	dim, aux int
	fill     func(aux, batch []float64, step int)
	batch    []float64 // of the last Gradient
	rows, z  []float64 // the numbers beside it; both together
	single   bool
	g32, z32 []float32
}

// Params are those of the formula.
func (o *objective) Params() *ebm.Params { return o.model.Params() }

// Gradient computes the mean over a batch.
func (o *objective) Gradient(gradient, batch []float64, step int) float64 {
	n := len(batch) / o.dim
	if n == 0 {
		clear(gradient)
		return 0
	}
	if len(o.rows) != n*o.aux {
		o.rows = make([]float64, n*o.aux)
	}
	if o.aux > 0 {
		o.fill(o.rows, batch, step)
	}
	o.batch = batch
	if o.single {
		return o.eval32(gradient, n) / float64(n)
	}
	sum := o.model.EvalParams(nil, gradient, o.samples())
	optim.Scale(gradient, 1/float64(n))
	return sum / float64(n)
}

// samples are the rows of the batch, each with the numbers beside it.
func (o *objective) samples() []float64 {
	n, width := len(o.batch)/o.dim, o.dim+o.aux
	if len(o.z) != n*width {
		o.z = make([]float64, n*width)
	}
	for i := range n {
		copy(o.z[i*width:], o.batch[i*o.dim:(i+1)*o.dim])
		copy(o.z[i*width+o.dim:], o.rows[i*o.aux:(i+1)*o.aux])
	}
	return o.z
}

// eval32 computes the sum over the batch, and the mean gradient, in single precision.
func (o *objective) eval32(gradient []float64, n int) float64 {
	width := o.dim + o.aux
	if len(o.z32) != n*width {
		o.z32 = make([]float32, n*width)
	}
	for i := range n {
		z := o.z32[i*width : (i+1)*width]
		simd.Narrow(z[:o.dim], o.batch[i*o.dim:(i+1)*o.dim])
		simd.Narrow(z[o.dim:], o.rows[i*o.aux:(i+1)*o.aux])
	}
	if gradient == nil {
		return float64(o.model.EvalParams32(nil, o.z32))
	}
	if len(o.g32) != len(gradient) {
		o.g32 = make([]float32, len(gradient))
	}
	sum := o.model.EvalParams32(o.g32, o.z32)
	const piece = 1024 // stays in the nearest cache from one pass to the other
	set, each := simd.Float64(simd.Best()), simd.Rows[float64]{Data: []float64{1 / float64(n)}, Scalar: true}
	for lo := 0; lo < len(gradient); lo += piece {
		part := gradient[lo:min(lo+piece, len(gradient))]
		simd.Widen(part, o.g32[lo:lo+len(part)])
		set.Binary(simd.Mul, part, 1, simd.Rows[float64]{Data: part, Stride: len(part)}, each)
	}
	return float64(sum)
}

// Trouble says which operation first made what is not finite, for the batch of the last Gradient; "" if there is none.
func (o *objective) Trouble() string {
	width, z := o.dim+o.aux, o.samples()
	e := make([]float64, len(z)/width)
	o.model.Eval(e, nil, z)
	for i, v := range e {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return o.model.Trouble(z[i*width : (i+1)*width]...)
		}
	}
	return ""
}

// box is the mean and the standard deviation of each coordinate of some data; a deviation of 0 counts as 1.
func box(data [][]float64, dim int) (mean, sd []float64) {
	mean, sd = make([]float64, dim), make([]float64, dim)
	n := math.Max(float64(len(data)), 1)
	for _, row := range data {
		for j := range mean {
			mean[j] += row[j] / n
		}
	}
	for _, row := range data {
		for j := range sd {
			sd[j] += (row[j] - mean[j]) * (row[j] - mean[j]) / n
		}
	}
	for j := range sd {
		if sd[j] = math.Sqrt(sd[j]); sd[j] == 0 {
			sd[j] = 1
		}
	}
	return mean, sd
}

// option returns the value of an option, or its default where it is 0, and panics where it is not a number of at least lo.
func option(loss, name string, v, otherwise, lo float64) float64 {
	if v == 0 {
		v = otherwise
	}
	if !(v >= lo) || math.IsInf(v, 0) {
		panic(fmt.Errorf("loss: %s: %s %v", loss, name, v))
	}
	return v
}
