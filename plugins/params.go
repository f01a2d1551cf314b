package plugins

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
)

// Params are parameters of a plugin by the names of its exported fields: numbers of any kind, strings, booleans, and slices of
// them.
type Params map[string]any

// A Param describes a parameter of a plugin.
type Param struct {
	Name    string
	Type    string // the Go type of the field
	Default any
}

// Describe returns the parameters of a plugin in the order of its fields.
func Describe(name string) ([]Param, error) {
	v, err := Default(name)
	if err != nil {
		return nil, err
	}
	var params []Param
	s := structOf(v)
	for _, f := range fields(s.Type()) {
		params = append(params, Param{Name: f.Name, Type: f.Type.String(), Default: s.FieldByIndex(f.Index).Interface()})
	}
	return params, nil
}

// New returns a plugin with the given parameters, and the defaults for the others, as a value of its own type.
func New(name string, params Params) (any, error) {
	v, err := Default(name)
	if err != nil {
		return nil, err
	}
	if len(params) == 0 {
		return v, nil
	}
	p := reflect.New(structOf(v).Type())
	if len(fields(p.Elem().Type())) > 0 {
		p.Elem().Set(structOf(v))
	}
	for _, key := range sortedKeys(params) {
		if err := set(name, p.Elem(), key, params[key]); err != nil {
			return nil, err
		}
	}
	if reflect.ValueOf(v).Kind() == reflect.Pointer {
		return p.Interface(), nil
	}
	return p.Elem().Interface(), nil
}

func sortedKeys(params Params) []string {
	keys := make([]string, 0, len(params))
	for k := range params {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// set gives one field its value.
func set(plugin string, s reflect.Value, key string, v any) error {
	var names []string
	for _, f := range fields(s.Type()) {
		if f.Name == key {
			value, err := convert(reflect.ValueOf(v), f.Type)
			if err != nil {
				return fmt.Errorf("plugins: %s: parameter %s: %w", plugin, key, err)
			}
			s.FieldByIndex(f.Index).Set(value)
			return nil
		}
		names = append(names, f.Name)
	}
	if len(names) == 0 {
		return fmt.Errorf("plugins: %s has no parameters, so no %s", plugin, key)
	}
	return fmt.Errorf("plugins: %s has no parameter %s%s", plugin, key, didYouMean(key, names))
}

// fields are the exported fields of a struct, including those of embedded structs.
func fields(t reflect.Type) []reflect.StructField {
	var fs []reflect.StructField
	for _, f := range reflect.VisibleFields(t) {
		if f.IsExported() && !f.Anonymous && !throughPointer(t, f.Index) {
			fs = append(fs, f)
		}
	}
	return fs
}

// throughPointer says that a promoted field lies behind an embedded pointer, where there may be nothing to set.
func throughPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		f := t.Field(i)
		if f.Type.Kind() == reflect.Pointer || !f.IsExported() {
			return true
		}
		t = f.Type
	}
	return false
}

// convert makes a value of type t of v without losing anything: 3 is a float64, 3.0 is an int, 3.5 is not.
func convert(v reflect.Value, t reflect.Type) (reflect.Value, error) {
	for v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		return v, fmt.Errorf("nil is no %v", t)
	}
	if v.Type().AssignableTo(t) {
		return v, nil
	}
	mistyped := fmt.Errorf("%v (%v) is no %v", v, v.Type(), t)
	switch {
	case isNumber(t) && isNumber(v.Type()):
		c := v.Convert(t)
		if !sameNumber(v, c) {
			return v, mistyped
		}
		return c, nil
	case t.Kind() == reflect.Slice && v.Kind() == reflect.Slice:
		return convertSlice(v, t)
	case t.Kind() == v.Kind() && (t.Kind() == reflect.String || t.Kind() == reflect.Bool):
		return v.Convert(t), nil
	}
	return v, mistyped
}

func convertSlice(v reflect.Value, t reflect.Type) (reflect.Value, error) {
	s := reflect.MakeSlice(t, v.Len(), v.Len())
	for i := range v.Len() {
		e, err := convert(v.Index(i), t.Elem())
		if err != nil {
			return s, fmt.Errorf("element %d: %w", i, err)
		}
		s.Index(i).Set(e)
	}
	return s, nil
}

func isNumber(t reflect.Type) bool {
	return t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64 && t.Kind() != reflect.Uintptr
}

// sameNumber says that a conversion kept the value, up to rounding where it goes to a floating-point type.
func sameNumber(from, to reflect.Value) bool {
	if to.CanFloat() {
		return math.IsInf(to.Float(), 0) == (from.CanFloat() && math.IsInf(from.Float(), 0))
	}
	if (from.CanInt() && from.Int() < 0 || from.CanFloat() && from.Float() < 0) != (to.CanInt() && to.Int() < 0) {
		return false // the sign did not survive
	}
	back := to.Convert(from.Type())
	if from.CanFloat() && math.Abs(from.Float()) >= 1<<63 {
		return false // the conversion of such a number is not defined
	}
	return back.Equal(from)
}

// structOf returns the struct of a plugin's value.
func structOf(v any) reflect.Value { return reflect.Indirect(reflect.ValueOf(v)) }

// copyOf returns a copy of a plugin's value, so that nobody can change what is registered. Slices are shared by copies unless
// set; a pointer to a struct without parameters, such as an *ebm.Model, is shared, because what it hides may not bear copying.
func copyOf(v any) any {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || len(fields(rv.Type().Elem())) == 0 {
		return v
	}
	p := reflect.New(rv.Type().Elem())
	p.Elem().Set(rv.Elem())
	return p.Interface()
}

// checkValue says what is wrong with a value to be registered.
func checkValue(name string, v any) error {
	rv := reflect.ValueOf(v)
	if v == nil || rv.Kind() == reflect.Pointer && rv.IsNil() {
		return fmt.Errorf("plugins: %s: no value (nil); register a struct with the default parameters", name)
	}
	if structOf(v).Kind() != reflect.Struct {
		return fmt.Errorf("plugins: %s: a %T is no struct; register a struct with the default parameters", name, v)
	}
	if Kind(v) == "" {
		if rv.Kind() == reflect.Struct && Kind(reflect.New(rv.Type()).Interface()) != "" {
			return fmt.Errorf("plugins: %s: the methods of %T belong to its pointer; register &%T{…}", name, v, v)
		}
		methods := strings.Join(wanted(), ", no method ")
		return fmt.Errorf("plugins: %s: a %T is of no known kind: it has no method %s", name, v, methods)
	}
	return nil
}
