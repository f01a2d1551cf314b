package display

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// goText writes v in Go syntax close to %+v, with strings quoted, pointers to structs followed, cycles cut and sizes bounded.
func goText(v any, static string) string {
	if v == nil {
		return "<nil>"
	}
	rv := reflect.ValueOf(v)
	if s, ok := topText(rv, static); ok {
		return s
	}
	p := printer{left: maxText, path: map[visit]bool{}}
	p.value(rv, 0)
	return p.b.String()
}

// topText handles the kinds that get more room, or a fuller form, alone than inside another value.
func topText(v reflect.Value, static string) (string, bool) {
	if v.CanInterface() {
		if s, ok := special(v.Interface()); ok {
			return s, true
		}
		if s, ok := ownText(v.Interface()); ok {
			return noteCut(s, maxOwnText), true
		}
	}
	switch v.Kind() {
	case reflect.String:
		return quote(v.String(), maxText), true
	case reflect.Int32:
		if static == "rune" {
			return fmt.Sprintf("%d %s", v.Int(), strconv.QuoteRune(rune(v.Int()))), true
		}
	case reflect.Func:
		if !v.IsNil() && strings.HasPrefix(static, "func") {
			return static, true // it has the parameters' names, which the reflected type has lost
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return byteText(v), true
		}
	}
	return "", false
}

// special handles types whose own String method is not what a person wants to see.
func special(v any) (string, bool) {
	switch x := v.(type) {
	case time.Time:
		return x.Round(0).String(), true // without the monotonic clock reading
	case Bundle:
		return noteCut(x.String(), maxOwnText), true
	}
	return "", false
}

// A visit is a reference on the way from the root to the value being written; meeting it again is a cycle.
type visit struct {
	typ reflect.Type
	ptr uintptr
	len int
}

// A printer writes one value within a budget of bytes.
type printer struct {
	b    strings.Builder
	left int
	path map[visit]bool
}

// put writes s while there is room; the piece that does not fit is replaced by one ellipsis.
func (p *printer) put(s string) {
	if p.left <= 0 {
		return
	}
	if len(s) > p.left {
		s, _ = cut(s, p.left)
		s += "…"
		p.left = 0
	} else {
		p.left -= len(s)
	}
	p.b.WriteString(s)
}

// value writes v, which is depth levels below the root.
func (p *printer) value(v reflect.Value, depth int) {
	if p.left <= 0 {
		return
	}
	if !v.IsValid() {
		p.put("<nil>")
		return
	}
	if v.Type() == reflect.TypeFor[reflect.Value]() && v.CanInterface() {
		v = v.Interface().(reflect.Value) // as in fmt: what it holds
		if !v.IsValid() {
			p.put("<invalid reflect.Value>")
			return
		}
	}
	if depth > maxDepth {
		p.put("…")
		return
	}
	if v.CanInterface() && v.Kind() != reflect.Interface {
		s, ok := special(v.Interface())
		if !ok {
			s, ok = ownText(v.Interface())
		}
		if ok {
			p.put(noteCut(s, maxNestedString))
			return
		}
	}
	p.kind(v, depth)
}

// kind writes v by its kind alone.
func (p *printer) kind(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		p.put(quote(v.String(), maxNestedString))
	case reflect.Interface:
		if v.IsNil() {
			p.put("<nil>")
		} else {
			p.value(v.Elem(), depth)
		}
	case reflect.Pointer:
		p.pointer(v, depth)
	case reflect.Struct:
		p.fields(v, depth)
	case reflect.Slice:
		p.within(v, v.Len(), "[…cycle]", func() { p.list(v, depth) })
	case reflect.Array:
		p.list(v, depth)
	case reflect.Map:
		p.within(v, 0, "map[…cycle]", func() { p.entries(v, depth) })
	case reflect.Func, reflect.Chan:
		p.put(referenceText(v))
	default:
		p.put(scalarText(v))
	}
}

// within runs f unless the reference v is already being written.
func (p *printer) within(v reflect.Value, n int, cycle string, f func()) {
	at := visit{v.Type(), v.Pointer(), n}
	if at.ptr == 0 || n == 0 && v.Kind() == reflect.Slice {
		f()
		return
	}
	if p.path[at] {
		p.put(cycle)
		return
	}
	p.path[at] = true
	defer delete(p.path, at)
	f()
}

// pointer writes &value.
func (p *printer) pointer(v reflect.Value, depth int) {
	if v.IsNil() {
		p.put("<nil>")
		return
	}
	p.within(v, 0, "&{…cycle}", func() {
		p.put("&")
		p.value(v.Elem(), depth+1)
	})
}

// fields writes {Name:value …}.
func (p *printer) fields(v reflect.Value, depth int) {
	p.put("{")
	for i := range v.NumField() {
		if i > 0 {
			p.put(" ")
		}
		p.put(v.Type().Field(i).Name + ":")
		p.value(v.Field(i), depth+1)
		if p.left <= 0 {
			return
		}
	}
	p.put("}")
}

// list writes [a b c], and how many elements it left out.
func (p *printer) list(v reflect.Value, depth int) {
	p.put("[")
	n := v.Len()
	for i := range min(n, maxItems) {
		if i > 0 {
			p.put(" ")
		}
		p.value(v.Index(i), depth+1)
		if p.left <= 0 {
			return
		}
	}
	if n > maxItems {
		p.put(" … " + strconv.Itoa(n-maxItems) + " more")
	}
	p.put("]")
}

// entries writes map[key:value …] in the order of the keys.
func (p *printer) entries(v reflect.Value, depth int) {
	p.put("map[")
	for i, e := range sortedEntries(v, maxItems) {
		if i > 0 {
			p.put(" ")
		}
		p.value(e.key, depth+1)
		p.put(":")
		p.value(e.value, depth+1)
		if p.left <= 0 {
			return
		}
	}
	if n := v.Len(); n > maxItems {
		p.put(" … " + strconv.Itoa(n-maxItems) + " more")
	}
	p.put("]")
}

// scalarText writes numbers, booleans and addresses as %v does.
func scalarText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.Float32:
		return fmt.Sprint(float32(v.Float()))
	case reflect.Float64:
		return fmt.Sprint(v.Float())
	case reflect.Complex64:
		return fmt.Sprint(complex64(v.Complex()))
	case reflect.Complex128:
		return fmt.Sprint(v.Complex())
	case reflect.UnsafePointer:
		if v.IsNil() {
			return "<nil>"
		}
		return fmt.Sprintf("0x%x", v.Pointer())
	}
	return v.String()
}

// referenceText names a function or a channel: an address would tell nothing, and differ on every run.
func referenceText(v reflect.Value) string {
	t := v.Type().String()
	switch {
	case v.IsNil():
		return "<nil>"
	case v.Kind() == reflect.Chan:
		return fmt.Sprintf("%s (len %d, cap %d)", t, v.Len(), v.Cap())
	}
	return t
}
