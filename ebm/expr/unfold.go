package expr

import (
	"fmt"

	"joule/ebm/simd"
)

// Convolutions are products of matrices: Unfold writes out the windows of an image, one per column, and a matrix of filters, one per row,
// is multiplied with that. Fold, which adds windows up to an image, is what the gradient of Unfold is, and the other way round.

// A window is how a filter moves over an image.
type window struct {
	h, w, stride int
	image        Shape
	rows, cols   int // of places
}

// windowOf reads the attributes; fold says that they hold the extents of the image, too.
func windowOf(in Shape, a Attr, fold bool) (w window, msg string) {
	w = window{h: a.I[0], w: a.I[1], stride: a.I[2], image: in}
	if w.h < 1 || w.w < 1 || w.stride < 1 {
		return w, fmt.Sprintf("windows of %d×%d, %d apart", w.h, w.w, w.stride)
	}
	if fold {
		if in.Rank != 2 || in.Dim[0]%(w.h*w.w) != 0 {
			return w, fmt.Sprintf("needs the windows of %d×%d in columns, not %v", w.h, w.w, in)
		}
		w.image = Image(in.Dim[0]/(w.h*w.w), a.I[3], a.I[4])
	}
	s := w.image
	if s.Rank != 3 || s.Dim[1] < w.h || s.Dim[2] < w.w {
		return w, fmt.Sprintf("windows of %d×%d in %v", w.h, w.w, s)
	}
	w.rows, w.cols = (s.Dim[1]-w.h)/w.stride+1, (s.Dim[2]-w.w)/w.stride+1
	if fold && in.Dim[1] != w.rows*w.cols {
		return w, fmt.Sprintf("%d windows of %d×%d in %v, not %d", w.rows*w.cols, w.h, w.w, s, in.Dim[1])
	}
	return w, ""
}

// matrix is the shape of the windows written out.
func (w window) matrix() Shape { return Matrix(w.image.Dim[0]*w.h*w.w, w.rows*w.cols) }

func unfolded(in []Shape, a Attr) (Shape, string) {
	w, msg := windowOf(in[0], a, false)
	return w.matrix(), msg
}

func folded(in []Shape, a Attr) (Shape, string) {
	w, msg := windowOf(in[0], a, true)
	return w.image, msg
}

// each calls do for every row of places of every element of the window: columns is where it begins among the windows, in elements, and
// image where in the image. Further ones of the row are one element and stride elements on.
func (w window) each(do func(columns, image int)) {
	at := 0
	for c := range w.image.Dim[0] {
		for y := range w.h {
			for x := range w.w {
				for r := range w.rows {
					do(at, (c*w.image.Dim[1]+r*w.stride+y)*w.image.Dim[2]+x)
					at += w.cols
				}
			}
		}
	}
}

func unfold(f *frame) {
	w, _ := windowOf(f.shape, f.attr, false)
	unfoldRows(f.dst, f.in[0], w, f.lanes)
}

func unfoldRows[T simd.Float](dst, src []T, w window, lanes int) {
	if w.stride == 1 {
		w.each(func(columns, image int) { copy(dst[columns*lanes:(columns+w.cols)*lanes], src[image*lanes:]) })
		return
	}
	w.each(func(columns, image int) {
		for k := range w.cols {
			copy(dst[(columns+k)*lanes:(columns+k+1)*lanes], src[(image+k*w.stride)*lanes:])
		}
	})
}

func fold(f *frame) {
	w, _ := windowOf(f.shape, f.attr, true)
	clear(f.dst)
	w.each(func(columns, image int) {
		for k := range w.cols {
			add(f.lane(f.dst, image+k*w.stride), f.lane(f.dst, image+k*w.stride), f.lane(f.in[0], columns+k))
		}
	})
}

func foldRows[T simd.Float](set *simd.Set[T], dst, src []T, w window, lanes int) {
	clear(dst)
	run := 1 // elements that lie together on both sides
	if w.stride == 1 {
		run = w.cols
	}
	n := run * lanes
	w.each(func(columns, image int) {
		for k := 0; k < w.cols; k += run {
			d := dst[(image+k*w.stride)*lanes:][:n]
			set.Binary(simd.Add, d, 1, rowsOf(d, n), rowsOf(src[(columns+k)*lanes:], n))
		}
	})
}

// windows is the step of either.
func (b binder[T]) windows() step {
	attr, lanes := b.p.graph.nodes[b.of].Attr, b.lanes
	w, _ := windowOf(b.shape(0), attr, b.op == Fold)
	dst, src := b.buffer(b.at), b.buffer(b.in[0])
	if b.op == Unfold {
		return func() { unfoldRows(dst, src, w, lanes) }
	}
	return func() { foldRows(b.set, dst, src, w, lanes) }
}

func vjpUnfold(g *Graph, n Node, _, ct ID) []ID {
	s, a := g.Shape(n.In[0]), n.Attr
	a.I[3], a.I[4] = s.Dim[1], s.Dim[2]
	return []ID{g.Apply(Fold, a, ct)}
}

func vjpFold(g *Graph, n Node, _, ct ID) []ID {
	a := n.Attr
	a.I[3], a.I[4] = 0, 0
	return []ID{g.Apply(Unfold, a, ct)}
}

// Conv moves filters over an image with zeros around it: row k of weights is the filter of channel k of the result, channel by channel of
// the image and row by row.
func (g *Graph) Conv(image, weights ID, h, w, stride, around int) ID {
	s := g.Shape(image)
	if s.Rank != 3 {
		Fail("Conv", "needs an image of channels, rows and columns, not %v", s)
	}
	if f := g.Shape(weights); f.Rank != 2 || f.Dim[1] != s.Dim[0]*h*w {
		Fail("Conv", "filters of %v for windows of %d×%d in %v", f, h, w, s)
	}
	if around < 0 || stride < 1 || s.Dim[1]+2*around < h || s.Dim[2]+2*around < w {
		Fail("Conv", "windows of %d×%d, %d apart, in %v with %d zeros around", h, w, stride, s, around)
	}
	if around > 0 {
		for axis := 1; axis < 3; axis++ {
			image = g.Apply(Pad, Attr{I: [6]int{axis, around, s.Dim[axis] + 2*around}}, image)
		}
		s = g.Shape(image)
	}
	columns := g.Apply(Unfold, Attr{I: [6]int{h, w, stride}}, image)
	out := g.op(MatMul, weights, columns)
	return g.Reshape(out, Image(g.Shape(weights).Dim[0], (s.Dim[1]-h)/stride+1, (s.Dim[2]-w)/stride+1))
}

// ConvTranspose is the transpose of Conv, which makes images larger: every element of channel k of the image, times row k of weights, is
// added to a window of the result, windows stride apart, and the result loses around rows and columns on each side. weights has a row for
// each channel of the image, and in it channels·h·w numbers.
func (g *Graph) ConvTranspose(image, weights ID, h, w, stride, around int) ID {
	s, f := g.Shape(image), g.Shape(weights)
	if s.Rank != 3 {
		Fail("ConvTranspose", "needs an image of channels, rows and columns, not %v", s)
	}
	if f.Rank != 2 || f.Dim[0] != s.Dim[0] || h < 1 || w < 1 || f.Dim[1]%(h*w) != 0 {
		Fail("ConvTranspose", "filters of %v for %d×%d, of %v", f, h, w, s)
	}
	rows, cols := (s.Dim[1]-1)*stride+h, (s.Dim[2]-1)*stride+w
	if stride < 1 || around < 0 || rows <= 2*around || cols <= 2*around {
		Fail("ConvTranspose", "windows of %d×%d, %d apart, less %d around, of %v", h, w, stride, around, s)
	}
	columns := g.Apply(MatMul, Attr{I: [6]int{1}}, weights, g.Reshape(image, Matrix(s.Dim[0], s.Dim[1]*s.Dim[2])))
	out := g.Apply(Fold, Attr{I: [6]int{h, w, stride, rows, cols}}, columns)
	if around == 0 {
		return out
	}
	out = g.Apply(Slice, Attr{I: [6]int{1, around, rows - around}}, out)
	return g.Apply(Slice, Attr{I: [6]int{2, around, cols - around}}, out)
}

// Pool reduces the windows of each channel to one number with Sum or Max.
func (g *Graph) Pool(op Op, image ID, size, stride int) ID {
	s := g.Shape(image)
	if s.Rank != 3 || size < 1 || stride < 1 || s.Dim[1] < size || s.Dim[2] < size {
		Fail("Pool", "windows of %d×%d, %d apart, in %v", size, size, stride, s)
	}
	columns := g.Apply(Unfold, Attr{I: [6]int{size, size, stride}}, image)
	h, w := (s.Dim[1]-size)/stride+1, (s.Dim[2]-size)/stride+1
	each := g.Reshape(columns, Image(s.Dim[0], size*size, h*w))
	return g.Reshape(g.Apply(op, Attr{I: [6]int{1}}, each), Image(s.Dim[0], h, w))
}
