package main

import "math"

// The functions, each for float64 and float32. Constants without a source are minimax fits (Chebyshev interpolation at 40 digits).

// A function is a formula of one, two or three operands.
type function struct {
	name  string
	arity int
	body  func(g *graph, x []*node) *node
}

func one(f func(g *graph, x *node) *node) func(*graph, []*node) *node {
	return func(g *graph, x []*node) *node { return f(g, x[0]) }
}

func two(f func(g *graph, a, b *node) *node) func(*graph, []*node) *node {
	return func(g *graph, x []*node) *node { return f(g, x[0], x[1]) }
}

// functions are all elementwise kernels, in the order of their numbers in package simd.
var functions = []function{
	{"Neg", 1, one(func(g *graph, x *node) *node { return g.float(g.xor(g.bits(x), g.sign())) })},
	{"Abs", 1, one((*graph).abs)},
	{"Square", 1, one(func(g *graph, x *node) *node { return g.mul(x, x) })},
	{"Sqrt", 1, one((*graph).sqrt)},
	{"Recip", 1, one(func(g *graph, x *node) *node {
		return g.sel(g.eq(x, g.f(0)), g.f(0), g.div(g.f(1), x))
	})},
	{"Sign", 1, one(func(g *graph, x *node) *node {
		return g.sel(g.lt(g.f(0), x), g.f(1), g.sel(g.lt(x, g.f(0)), g.f(-1), x))
	})},
	{"Relu", 1, one(func(g *graph, x *node) *node { return g.max(g.f(0), x) })},
	{"Exp", 1, one((*graph).exp)},
	{"Log", 1, one((*graph).log)},
	{"Log1p", 1, one((*graph).log1p)},
	{"Softplus", 1, one((*graph).softplus)},
	{"Sigmoid", 1, one((*graph).sigmoid)},
	{"Silu", 1, one((*graph).silu)},
	{"Tanh", 1, one((*graph).tanh)},
	{"Sin", 1, one(func(g *graph, x *node) *node { return g.sincos(x, 0) })},
	{"Cos", 1, one(func(g *graph, x *node) *node { return g.sincos(x, 1) })},

	{"Add", 2, two((*graph).add)},
	{"Sub", 2, two((*graph).sub)},
	{"Mul", 2, two((*graph).mul)},
	{"Div", 2, two((*graph).div)},
	{"Maximum", 2, two(func(g *graph, a, b *node) *node { return g.sel(g.eq(a, a), g.max(a, b), a) })},
	{"Minimum", 2, two(func(g *graph, a, b *node) *node { return g.sel(g.eq(a, a), g.min(a, b), a) })},
	{"Greater", 2, two(func(g *graph, a, b *node) *node { return g.sel(g.lt(b, a), g.f(1), g.f(0)) })},
	{"GreaterEqual", 2, two(func(g *graph, a, b *node) *node { return g.sel(g.le(b, a), g.f(1), g.f(0)) })},

	{"FMA", 3, func(g *graph, x []*node) *node { return g.fma(x[0], x[1], x[2]) }},
	{"Where", 3, func(g *graph, x []*node) *node { return g.sel(g.eq(x[0], g.f(0)), x[2], x[1]) }},
}

func (g *graph) sign() *node { return g.i(by(g, uint64(1<<63), 1<<31)) }

func (g *graph) abs(x *node) *node {
	return g.float(g.and(g.bits(x), g.i(by(g, uint64(1<<63-1), 1<<31-1))))
}

// minusAbs is −|x|.
func (g *graph) minusAbs(x *node) *node { return g.float(g.or(g.bits(x), g.sign())) }

// mantissa is the number of bits behind the point.
func (g *graph) mantissa() int { return by(g, 52, 23) }

// shifter is a number so large that adding it rounds to an integer, which is then found in the lowest bits.
func (g *graph) shifter() *node { return g.f(by(g, 0x1.8p52, 0x1.8p23)) }

// reduceExp splits x into n·log 2 + r with |r| ≤ log(2)/2; t holds n in its lowest bits. The first step is exact.
func (g *graph) reduceExp(x *node) (t, r *node) {
	t = g.fma(x, g.f(math.Log2E), g.shifter())
	n := g.sub(t, g.shifter())
	r = g.fnma(n, g.f(math.Ln2), x)
	r = g.fnma(n, g.f(by(g, 2.3190468138462996e-17, -1.904654299957767e-09)), r)
	return t, r
}

// expm1Near is e^r − 1 for |r| ≤ log(2)/2.
func (g *graph) expm1Near(r *node) *node {
	var q *node
	if g.wide {
		q = g.horner(r, 2.091483135138041e-09, 2.5105419192016337e-08, 2.7557273295539724e-07, 2.75572549134867e-06, 2.4801587325822283e-05,
			0.00019841269875205077, 0.001388888888888367, 0.008333333333326025, 0.04166666666666667, 0.1666666666666667, 0.5)
	} else {
		q = g.horner(r, 0.00019891180158282143, 0.001393382048977602, 0.008333310754576892, 0.041666463386339524, 0.16666666681794626,
			0.5000000013620138)
	}
	return g.fma(q, g.mul(r, r), r)
}

// expLow is where the exponential is no longer a normal number: it is taken as 0 below, so that a processor which flushes such
// numbers to zero gives the same result as one that does not.
func (g *graph) expLow() *node { return g.f(by(g, -708.3964185322641, -87.33654)) }

// expNear is the exponential between expLow and overflow.
func (g *graph) expNear(x *node) *node {
	t, r := g.reduceExp(x)
	e := g.add(g.expm1Near(r), g.f(1))
	return g.float(g.iadd(g.bits(e), g.shl(g.bits(t), g.mantissa())))
}

// expMinus is the exponential of a number that is not positive; NaN gives anything.
func (g *graph) expMinus(x *node) *node { return g.sel(g.lt(x, g.expLow()), g.f(0), g.expNear(x)) }

func (g *graph) exp(x *node) *node {
	high := g.f(by(g, 709.782712893384, 88.72283))
	return g.sel(g.le(x, high), g.expMinus(x), g.add(x, g.f(math.Inf(1))))
}

// logParts splits a positive normal x into 2^k·(1+f) with √½ ≤ 1+f < √2.
func (g *graph) logParts(x *node) (k, f *node) {
	m, half := g.mantissa(), by(g, math.Float64bits(math.Sqrt(0.5)), uint64(math.Float32bits(float32(math.Sqrt(0.5)))))
	u := g.iadd(g.bits(x), g.i(g.bitsOf(1)-half))
	f = g.sub(g.float(g.iadd(g.and(u, g.i(1<<m-1)), g.i(half))), g.f(1))
	big := math.Ldexp(1, m) // an integer below it becomes a float by writing it into the mantissa
	k = g.sub(g.float(g.or(g.shr(u, m), g.f(big))), g.f(big+by(g, 1023.0, 127)))
	return k, f
}

// logOf is k·log 2 + log(1+f) + c, where c is small. The series is that of fdlibm's e_log.c: with s = f/(2+f),
// log(1+f) = f − f²/2 + s·(f²/2 + R(s²)).
func (g *graph) logOf(k, f, c *node) *node {
	s := g.div(f, g.add(f, g.f(2)))
	z := g.mul(s, s)
	var p *node
	if g.wide {
		p = g.horner(z, 0.14617807153417325, 0.15331611722055008, 0.1818289243253687, 0.22222211089379496, 0.28571428626253836,
			0.3999999999989889, 0.666666666666667)
	} else {
		p = g.horner(z, 0.23331614471843498, 0.28550778633191964, 0.4000012221181065, 0.6666666655404201)
	}
	half := g.mul(g.mul(f, g.f(0.5)), f)
	low := g.mul(k, g.f(by(g, -4.2009150726810846e-11, 1.4286068203094173e-06)))
	if c != nil {
		low = g.add(low, c)
	}
	tail := g.fma(s, g.fma(z, p, half), low)
	return g.fma(k, g.f(by(g, 0.6931471806019545, 0.693145751953125)), g.add(g.sub(tail, half), f))
}

func (g *graph) log(x *node) *node {
	small := g.lt(x, g.f(by(g, 0x1p-1022, 0x1p-126)))
	k, f := g.logParts(g.sel(small, g.mul(x, g.f(0x1p54)), x))
	r := g.logOf(g.sub(k, g.sel(small, g.f(54), g.f(0))), f, nil)
	return g.logEdges(r, x, x)
}

// logEdges puts in what holds for a logarithm of u at x: −Inf at 0, NaN below, and x itself for +Inf and NaN.
func (g *graph) logEdges(r, u, x *node) *node {
	r = g.sel(g.lt(x, g.f(math.Inf(1))), r, x)
	r = g.sel(g.eq(u, g.f(0)), g.f(math.Inf(-1)), r)
	return g.sel(g.lt(u, g.f(0)), g.f(math.NaN()), r)
}

// log1pNear is log(1+x) for x > −1, with the rounding error of 1+x made good.
func (g *graph) log1pNear(x *node, large bool) (r, u *node) {
	u = g.add(x, g.f(1))
	c := g.sub(x, g.sub(u, g.f(1)))
	if large {
		c = g.sel(g.lt(g.f(1), x), g.sub(g.f(1), g.sub(u, x)), c)
	}
	k, f := g.logParts(u)
	return g.logOf(k, f, g.div(c, u)), u
}

func (g *graph) log1p(x *node) *node {
	r, u := g.log1pNear(x, true)
	r = g.logEdges(r, u, x)
	return g.sel(g.eq(x, g.f(0)), x, r)
}

// softplus is max(x, 0) + log(1 + e^−|x|).
func (g *graph) softplus(x *node) *node {
	l, _ := g.log1pNear(g.expMinus(g.minusAbs(x)), false)
	return g.sel(g.eq(x, x), g.add(g.max(g.f(0), x), l), x)
}

// sigmoid takes the exponential of −|x| only, so that neither tail overflows or loses its small value. In float64 the errors of the
// sum and the quotient are made good in one last step: with that of the exponential they could be more than 2 ulp.
func (g *graph) sigmoid(x *node) *node {
	e := g.expMinus(g.minusAbs(x))
	d := g.add(e, g.f(1))
	top := g.sel(g.lt(x, g.f(0)), e, g.f(1))
	if !g.wide {
		return g.sel(g.eq(x, x), g.div(top, d), x)
	}
	inverse := g.div(g.f(1), d)
	q := g.mul(top, inverse)
	rest := g.fnma(q, g.sub(e, g.sub(d, g.f(1))), g.fnma(q, d, top))
	return g.sel(g.eq(x, x), g.fma(rest, inverse, q), x)
}

// silu is x·sigmoid(x). In float64 the errors of the sum, the product and the quotient are made good in one last step.
func (g *graph) silu(x *node) *node {
	e := g.expMinus(g.minusAbs(x))
	d := g.add(e, g.f(1))
	top := g.sel(g.lt(x, g.f(0)), e, g.f(1))
	product := g.mul(x, top)
	q := g.div(product, d)
	if g.wide {
		inverse := g.div(g.f(1), d)
		q = g.mul(product, inverse)
		rest := g.add(g.fnma(q, d, product), g.fma(x, top, g.float(g.xor(g.bits(product), g.sign()))))
		q = g.fma(g.fnma(q, g.sub(e, g.sub(d, g.f(1))), rest), inverse, q)
	}
	return g.sel(g.eq(x, x), g.sel(g.lt(x, g.expLow()), g.f(0), g.sel(g.lt(x, g.f(math.Inf(1))), q, x)), x)
}

// tanh is an odd polynomial near 0 and 1 − 2e/(1+e) with e = e^(−2|x|) farther away.
func (g *graph) tanh(x *node) *node {
	size := g.abs(x)
	e := g.expNear(g.max(g.mul(size, g.f(-2)), g.f(by(g, -44.0, -20))))
	away := g.sub(g.f(1), g.div(g.add(e, e), g.add(e, g.f(1))))
	var p *node
	z := g.mul(size, size)
	if g.wide {
		p = g.horner(z, -2.0022154752706074e-05, 8.42583184408898e-05, -0.00023410116338902362, 0.0005887521588659856, -0.001455623647981603,
			0.0035921054890186723, -0.008863234018108599, 0.021869488476807385, -0.05396825396705584, 0.13333333333332387, -0.3333333333333333)
	} else {
		p = g.horner(z, -0.006524892992459014, 0.021262975692241618, -0.05390168875228631, 0.13333073470989293, -0.3333333169251688)
	}
	near := g.fma(g.mul(size, z), p, size)
	q := g.sel(g.lt(g.f(0.55), size), away, near)
	signed := g.or(g.bits(q), g.and(g.bits(x), g.sign()))
	return g.sel(g.eq(x, x), g.float(signed), x)
}

// sinNear and cosNear are sine and cosine for |r| ≤ π/4.
func (g *graph) sinNear(r, z *node) *node {
	var p *node
	if g.wide {
		p = g.horner(z, 1.5917848524808262e-10, -2.5051127944014188e-08, 2.755731608381636e-06, -0.00019841269836722418, 0.008333333333330925,
			-0.16666666666666666)
	} else {
		p = g.horner(z, 2.7249314054698804e-06, -0.00019840082012765537, 0.008333331865959415, -0.16666666663832763)
	}
	return g.fma(g.mul(r, z), p, r)
}

func (g *graph) cosNear(z *node) *node {
	var p *node
	if g.wide {
		p = g.horner(z, -1.1382456778061306e-11, 2.0876143827993133e-09, -2.7557317260008837e-07, 2.480158729874307e-05, -0.0013888888888887382,
			0.041666666666666664)
	} else {
		p = g.horner(z, -2.7300448619488353e-07, 2.4800596435621998e-05, -0.0013888887664713619, 0.0416666666643024)
	}
	return g.fma(g.mul(z, z), p, g.fma(z, g.f(-0.5), g.f(1)))
}

// quadrant turns sine and cosine of the remainder into the sine of the angle plus q quarter turns, q being in the lowest bits.
func (g *graph) quadrant(q, sin, cos *node) *node {
	top := g.mantissa() + by(g, 11, 8)
	r := g.sel(g.negative(g.shl(q, top)), cos, sin)
	return g.float(g.xor(g.bits(r), g.and(g.shl(q, top-1), g.sign())))
}

// sincos is sin(x + quarter·π/2). The remainder by π/2 is taken with three parts of π/2 and fused operations, which is exact enough
// up to the limit; beyond it the argument is returned as it is and flagged.
func (g *graph) sincos(x *node, quarter uint64) *node {
	t := g.fma(x, g.f(2/math.Pi), g.shifter())
	n := g.sub(t, g.shifter())
	r := x
	for _, part := range by(g, [3]float64{1.5707963267948966, 6.123233995736766e-17, -1.497384905065873e-33},
		[3]float64{1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15}) {
		r = g.fnma(n, g.f(part), r)
	}
	z := g.mul(r, r)
	q := g.bits(t)
	if quarter != 0 {
		q = g.iadd(q, g.i(quarter))
	}
	far := g.lt(g.f(sincosLimit(g.wide)), g.abs(x))
	g.flag = far
	v := g.quadrant(q, g.sinNear(r, z), g.cosNear(z))
	if quarter == 0 {
		v = g.sel(g.eq(x, g.f(0)), x, v)
	}
	return g.sel(far, x, v)
}

func sincosLimit(wide bool) float64 {
	if wide {
		return 0x1p40
	}
	return 0x1p16
}
