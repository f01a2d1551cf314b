package simd

import (
	"math"
	"math/big"
)

// Reference functions to 200 bits, by reduction and power series.

const precision = 200

func bigOf(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

func bigNew() *big.Float { return new(big.Float).SetPrec(precision) }

// series sums terms until they no longer count; next turns term k−1 into term k.
func series(first *big.Float, next func(term *big.Float, k int64)) *big.Float {
	sum, term := bigNew().Set(first), bigNew().Set(first)
	for k := int64(1); k < 400 && term.Sign() != 0 && term.MantExp(nil) > sum.MantExp(nil)-precision-5; k++ {
		next(term, k)
		sum.Add(sum, term)
	}
	return sum
}

// bigExpm1 halves the argument until the series is short: e^2x − 1 = y(y+2) for y = e^x − 1.
func bigExpm1(x *big.Float) *big.Float {
	if x.Sign() == 0 {
		return bigNew()
	}
	halvings := max(x.MantExp(nil)+8, 0)
	y := bigNew().SetMantExp(x, -halvings)
	r := series(y, func(t *big.Float, k int64) {
		t.Mul(t, y)
		t.Quo(t, bigOf(float64(k+1)))
	})
	for range halvings {
		r.Mul(r, bigNew().Add(r, bigOf(2)))
	}
	return r
}

func bigExp(x *big.Float) *big.Float {
	if x.Sign() < 0 { // e^x − 1 would lose what is small
		return bigNew().Quo(bigOf(1), bigExp(bigNew().Neg(x)))
	}
	return bigNew().Add(bigExpm1(x), bigOf(1))
}

func bigLog(x *big.Float) *big.Float {
	m := bigNew()
	e := x.MantExp(m)
	r := bigLog1p(m.Sub(m, bigOf(1)))
	return r.Add(r, bigNew().Mul(bigOf(float64(e)), bigLog1p(bigOf(1))))
}

// bigLog1p is log(1+x): for small x by 2·atanh(x/(2+x)), else after taking square roots of 1+x.
func bigLog1p(x *big.Float) *big.Float {
	if x.Sign() == 0 {
		return bigNew()
	}
	y, doublings := bigNew().Set(x), 0
	for y.MantExp(nil) > -6 {
		root := bigNew().Sqrt(bigNew().Add(y, bigOf(1)))
		y.Quo(y, bigNew().Add(root, bigOf(1))) // √(1+y) − 1
		doublings++
	}
	s := bigNew().Quo(y, bigNew().Add(y, bigOf(2)))
	z := bigNew().Mul(s, s)
	power := bigNew().Set(s)
	sum := bigNew().Set(s)
	for k := int64(3); k < 200; k += 2 {
		power.Mul(power, z)
		sum.Add(sum, bigNew().Quo(power, bigOf(float64(k))))
	}
	return sum.SetMantExp(sum, 1+doublings)
}

// bigPi is Machin's formula with enough digits to reduce 2⁴⁰.
func bigPi() *big.Float {
	atanInv := func(n int64) *big.Float {
		power := bigNew().Quo(bigOf(1), bigOf(float64(n)))
		sum := bigNew().Set(power)
		for k := int64(3); k < 400; k += 2 {
			power.Quo(power, bigOf(-float64(n*n)))
			sum.Add(sum, bigNew().Quo(power, bigOf(float64(k))))
		}
		return sum
	}
	a := bigNew().Mul(bigOf(16), atanInv(5))
	return a.Sub(a, bigNew().Mul(bigOf(4), atanInv(239)))
}

// bigSin is sin(x + quarters·π/2).
func bigSin(x *big.Float, quarters int64) *big.Float {
	half := bigNew().Quo(bigPi(), bigOf(2))
	q := bigNew().Quo(x, half)
	n, _ := q.Add(q, bigOf(math.Copysign(0.5, float64(x.Sign())))).Int64()
	r := bigNew().Sub(x, bigNew().Mul(half, bigOf(float64(n))))
	z := bigNew().Neg(bigNew().Mul(r, r))
	turns := ((n+quarters)%4 + 4) % 4
	first, shift := r, int64(0)
	if turns%2 == 1 {
		first, shift = bigOf(1), -1
	}
	s := bigNew()
	if first.Sign() != 0 {
		s = series(first, func(t *big.Float, k int64) {
			t.Mul(t, z)
			t.Quo(t, bigOf(float64((2*k+shift)*(2*k+1+shift))))
		})
	}
	if turns >= 2 {
		s.Neg(s)
	}
	return s
}

// exact is the reference of the functions that round more than once.
var exact = map[Unary]func(x *big.Float) *big.Float{
	Exp:   bigExp,
	Log:   bigLog,
	Log1p: bigLog1p,
	Softplus: func(x *big.Float) *big.Float {
		r := bigLog1p(bigExp(bigNew().Neg(bigNew().Abs(x))))
		if x.Sign() > 0 {
			r.Add(r, x)
		}
		return r
	},
	Sigmoid: bigSigmoid,
	Silu:    func(x *big.Float) *big.Float { return bigNew().Mul(x, bigSigmoid(x)) },
	Tanh: func(x *big.Float) *big.Float {
		e := bigExpm1(bigNew().Add(x, x))
		return bigNew().Quo(e, bigNew().Add(e, bigOf(2)))
	},
	Sin: func(x *big.Float) *big.Float { return bigSin(x, 0) },
	Cos: func(x *big.Float) *big.Float { return bigSin(x, 1) },
}

func bigSigmoid(x *big.Float) *big.Float {
	return bigNew().Quo(bigOf(1), bigNew().Add(bigOf(1), bigExp(bigNew().Neg(x))))
}
