package ebm

import "joule/ebm/expr"

// An Energy is anything that can be written down as an energy: a struct whose fields are its parameters, a plugin, a Model.
// Energy receives the configuration as a vector of the dimension of its use and returns one number per sample, low where the
// configuration is good. It is called once for each use, on symbols.
//
// Everything that needs an energy (a sampler, a picture, a check) takes this interface and calls Resolve; so an energy of any
// dimension is given its dimension by its use.
type Energy interface {
	Energy(x Tensor) Tensor
}

// A Sized energy says its dimension; it cannot be used at another. A Model is one; a plugin may be.
type Sized interface {
	Energy
	Dim() int
}

// Resolve returns e as a Model of dimension dim. A Model is returned as it is. With dim 0 the energy must say its dimension
// itself; an energy that says another dimension than dim is an *Error.
func Resolve(e Energy, dim int) (*Model, error) {
	if e == nil {
		return nil, &Error{Msg: "no energy (nil)"}
	}
	if s, ok := e.(Sized); ok {
		d := s.Dim()
		if dim != 0 && d != dim {
			return nil, misuse("the energy has dimension %d and is used at %d", d, dim)
		}
		dim = d
	}
	if m, ok := e.(*Model); ok {
		return m, nil
	}
	if dim == 0 {
		return nil, misuse("the energy says no dimension: say it where it is used")
	}
	return Trace(dim, e)
}

// Dim returns the dimension that an energy says, or 0 where it leaves it to its use.
func Dim(e Energy) int {
	if s, ok := e.(Sized); ok {
		return s.Dim()
	}
	return 0
}

func misuse(format string, args ...any) (err *Error) {
	defer func() { err = recover().(*Error) }()
	expr.Fail("", format, args...)
	return nil
}

// function makes an Energy of a function.
type function func(x Tensor) Tensor

// Energy calls the function.
func (f function) Energy(x Tensor) Tensor { return f(x) }
