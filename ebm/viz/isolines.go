package viz

// isolines returns the lines along which the field has the value level, as chains of points in data coordinates; a closed line
// ends where it starts. Cells with a corner that is not finite have none.
//
// It is marching squares: each cell of the grid is crossed by at most two segments between points interpolated on its edges, and
// segments that share an edge point are joined. A saddle cell is resolved by the mean of its corners.
func isolines(f *field, level float64) [][][2]float64 {
	w := weaver{next: map[int][2]int{}}
	for j := range f.ny - 1 {
		for i := range f.nx - 1 {
			w.cell(f, i, j, level)
		}
	}
	var lines [][][2]float64
	for _, chain := range w.chains() {
		l := make([][2]float64, len(chain))
		for k, edge := range chain {
			l[k] = f.crossing(edge, level)
		}
		lines = append(lines, l)
	}
	return lines
}

// Edges of the grid are numbered: 2·(j·nx+i) runs from point (i, j) to the right, the next number upwards.

// crossing is the point on an edge at which the field has the value level.
func (f *field) crossing(edge int, level float64) [2]float64 {
	k := edge / 2
	i, j := k%f.nx, k/f.nx
	a := f.e[k]
	if edge%2 == 0 {
		t := (level - a) / (f.e[k+1] - a)
		return [2]float64{f.x(i) + t*(f.x(i+1)-f.x(i)), f.y(j)}
	}
	t := (level - a) / (f.e[k+f.nx] - a)
	return [2]float64{f.x(i), f.y(j) + t*(f.y(j+1)-f.y(j))}
}

// A weaver joins segments: next holds the one or two edges that an edge is connected with, +1 so that 0 is none.
type weaver struct {
	next  map[int][2]int
	order []int // edges as they were met, so that the result does not depend on the map
}

// cell adds the segments of one cell.
func (w *weaver) cell(f *field, i, j int, level float64) {
	k := j*f.nx + i
	a, b, c, d := f.e[k], f.e[k+1], f.e[k+f.nx+1], f.e[k+f.nx] // counter-clockwise from the lower left
	if sum := a + b + c + d; sum-sum != 0 {
		return
	}
	below, right, above, left := 2*k, 2*(k+1)+1, 2*(k+f.nx), 2*k+1
	bits := 0
	for n, x := range [4]float64{a, b, c, d} {
		if x >= level {
			bits |= 1 << n
		}
	}
	if bits > 7 { // the same lines with high and low exchanged, but for saddles
		if bits != 10 {
			bits = 15 - bits
		}
	}
	switch bits {
	case 1:
		w.join(left, below)
	case 2:
		w.join(below, right)
	case 3:
		w.join(left, right)
	case 4:
		w.join(right, above)
	case 6:
		w.join(below, above)
	case 7:
		w.join(left, above)
	case 5, 10:
		if high := (a+b+c+d)/4 >= level; high == (bits == 5) {
			w.join(left, above)
			w.join(below, right)
		} else {
			w.join(left, below)
			w.join(right, above)
		}
	}
}

func (w *weaver) join(p, q int) {
	w.add(p, q)
	w.add(q, p)
}

func (w *weaver) add(p, q int) {
	n, seen := w.next[p]
	if !seen {
		w.order = append(w.order, p)
	}
	if n[0] == 0 {
		n[0] = q + 1
	} else {
		n[1] = q + 1
	}
	w.next[p] = n
}

// chains walks the segments, open lines from an end first, then the closed ones.
func (w *weaver) chains() (out [][]int) {
	used := map[int]bool{}
	for _, closed := range []bool{false, true} {
		for _, start := range w.order {
			if used[start] || !closed && w.next[start][1] != 0 {
				continue
			}
			chain := []int{start}
			used[start] = true
			for at := start; ; {
				n := w.next[at]
				step := n[0] - 1
				if step < 0 || used[step] {
					step = n[1] - 1
				}
				if step < 0 || used[step] {
					break
				}
				chain = append(chain, step)
				used[step] = true
				at = step
			}
			if closed {
				chain = append(chain, start)
			}
			out = append(out, chain)
		}
	}
	return out
}
