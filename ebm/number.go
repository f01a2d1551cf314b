package ebm

import (
	"reflect"

	"joule/ebm/expr"
)

// A constant is a value outside of any trace.
type constant struct {
	shape expr.Shape
	data  []float64
}

// A Matrix is anything with the shape of a matrix, such as gonum's mat.Matrix.
type Matrix interface {
	Dims() (rows, columns int)
	At(row, column int) float64
}

// Const returns a constant from a number (a scalar), a numeric slice or array (a vector), a slice of equally long rows or a
// Matrix (a matrix), or a Tensor (itself). The numbers are copied.
func Const(v any) Tensor { return operand("Const", v) }

// operand makes a Tensor of what an operator was given.
func operand(op string, v any) Tensor {
	switch v := v.(type) {
	case Tensor:
		return v
	case float64:
		return number(v)
	case int:
		return number(float64(v))
	case []float64:
		if len(v) == 0 {
			expr.Fail(op, "the operand is an empty slice")
		}
		return Tensor{free: &constant{shape: expr.Vector(len(v)), data: append([]float64(nil), v...)}}
	case Matrix:
		return fromMatrix(op, v)
	}
	return reflected(op, v)
}

func number(v float64) Tensor {
	return Tensor{free: &constant{data: []float64{v}}}
}

func fromMatrix(op string, m Matrix) Tensor {
	r, c := m.Dims()
	if r == 0 || c == 0 {
		expr.Fail(op, "the operand is an empty matrix")
	}
	k := &constant{shape: expr.Matrix(r, c)}
	for i := range r {
		for j := range c {
			k.data = append(k.data, m.At(i, j))
		}
	}
	return Tensor{free: k}
}

// reflected handles the numbers and slices of every other type.
func reflected(op string, v any) Tensor {
	rv := reflect.ValueOf(v)
	if v == nil {
		expr.Fail(op, "the operand is nil; it must be a Tensor, a number or a numeric slice")
	}
	k := &constant{}
	switch rows := rv; rv.Kind() {
	case reflect.Slice, reflect.Array:
		if rows.Len() == 0 {
			expr.Fail(op, "the operand is an empty slice")
		}
		if kind := rv.Type().Elem().Kind(); kind == reflect.Slice || kind == reflect.Array {
			k.fillRows(op, rows)
		} else {
			k.shape = expr.Vector(rows.Len())
			k.fill(op, rows)
		}
	default:
		k.data = []float64{toFloat(op, rv)}
	}
	return Tensor{free: k}
}

func (k *constant) fill(op string, row reflect.Value) {
	for i := range row.Len() {
		k.data = append(k.data, toFloat(op, row.Index(i)))
	}
}

func (k *constant) fillRows(op string, rows reflect.Value) {
	width := rows.Index(0).Len()
	for i := range rows.Len() {
		if n := rows.Index(i).Len(); n != width || n == 0 {
			expr.Fail(op, "row %d of the operand has %d numbers, row 0 has %d", i, n, width)
		}
		k.fill(op, rows.Index(i))
	}
	k.shape = expr.Matrix(rows.Len(), width)
}

func toFloat(op string, v reflect.Value) float64 {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch {
	case v.IsValid() && v.CanFloat():
		return v.Float()
	case v.IsValid() && v.CanInt():
		return float64(v.Int())
	case v.IsValid() && v.CanUint():
		return float64(v.Uint())
	}
	what := "nil"
	if v.IsValid() {
		what = v.Type().String()
	}
	expr.Fail(op, "the operand is a %s; it must be a Tensor, a number or a numeric slice", what)
	return 0
}
