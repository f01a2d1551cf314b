package nn

import (
	"fmt"

	"joule/ebm"
)

// A Conv is a convolutional network on images: layers of filters that are moved over what the layer before has made of the image, each
// with an activation, and at the end a weight for every element that is left.
type Conv struct {
	Channels, Rows, Cols int // of the images; 0 channels means 1
	Layers               []Filters
	Act                  string // one of Activations; "" means silu
	Seed                 int    // of the weights, for New
	Name                 string // what the names of the parameters begin with
	// Confine adds Confine·‖x‖²/2 to the energy, as for MLP.
	Confine float64
}

// Filters are a layer of a Conv.
type Filters struct {
	Count  int // of filters
	Size   int // of their sides; 0 means 3
	Stride int // how far they move; 0 means 1
	// MeanPool and MaxPool reduce what the layer makes by windows of that side; 0 means not.
	MeanPool, MaxPool int
}

var _ ebm.Family = Conv{}

// New returns the network as an energy of images, which are vectors of Channels × Rows × Cols numbers, with parameters of its own: K1,
// b1, K2, b2, … and W.
func (n Conv) New() *ebm.Model {
	c, r, w := n.image()
	return ebm.NewModel(c*r*w, n.Seed, n)
}

func (n Conv) image() (channels, rows, cols int) {
	if n.Channels < 0 || n.Rows < 1 || n.Cols < 1 {
		panic(fmt.Errorf("nn: Conv: images of %d × %d × %d", n.Channels, n.Rows, n.Cols))
	}
	return max(n.Channels, 1), n.Rows, n.Cols
}

// Energy builds the network on x, with the parameters in p, and returns one number.
func (n Conv) Energy(p *ebm.Params, x ebm.Tensor) ebm.Tensor {
	h := n.Apply(p, x)
	e := p.Weight(n.Name+"W", h.Width(), 1).Apply(h).Sum()
	if n.Confine != 0 {
		e = e.Add(x.Square().Sum().Mul(n.Confine / 2))
	}
	return e
}

// Apply builds the layers on x, with the parameters in p, and returns what the last one makes, as a vector. Sides are halved, rounded up,
// by a stride of 2: there are zeros around the image.
func (n Conv) Apply(p *ebm.Params, x ebm.Tensor) ebm.Tensor {
	c, r, w := n.image()
	h := x.Reshape(c, r, w)
	for i, l := range n.Layers {
		size, stride := l.Size, l.Stride
		if size == 0 {
			size = 3
		}
		if stride == 0 {
			stride = 1
		}
		if l.Count < 1 || size < 1 || stride < 1 || l.MeanPool < 0 || l.MaxPool < 0 {
			panic(fmt.Errorf("nn: Conv: layer %d is %+v", i+1, l))
		}
		k := p.Filters(fmt.Sprintf("%sK%d", n.Name, i+1), l.Count, c, size)
		h = h.Conv(k, size, stride, size/2).AddChannels(p.Bias(fmt.Sprintf("%sb%d", n.Name, i+1), l.Count))
		h = Activate(n.Act, h)
		if l.MeanPool > 0 {
			h = h.MeanPool(l.MeanPool, l.MeanPool)
		}
		if l.MaxPool > 0 {
			h = h.MaxPool(l.MaxPool, l.MaxPool)
		}
		c = l.Count
	}
	return h.Reshape(h.Width())
}
