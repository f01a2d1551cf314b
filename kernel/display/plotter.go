package display

import (
	"bytes"
	"io"
	"reflect"
)

// plotBundle shows a *plot.Plot of gonum by the shape of its method
//
//	WriterTo(w, h vg.Length, format string) (io.WriterTo, error)
//
// at 15 × 10 cm, a vg.Length being a float64 of points. This package imports no plotting, and the interface cannot be named
// without vg.Length, so the method is called by reflection.
func plotBundle(v any) (Bundle, bool) {
	for _, c := range candidates(v) {
		m := reflect.ValueOf(c).MethodByName("WriterTo")
		if !m.IsValid() || !plotShape(m.Type()) {
			continue
		}
		draw := func(format string) string { return drawPlot(m, format) }
		data := map[string]string{}
		if svg := draw("svg"); len(svg) <= maxSVGFirst {
			data[mimeSVG] = svg
		} else {
			data[mimePNG] = draw("png")
		}
		return Bundle{Data: data}, true
	}
	return Bundle{}, false
}

func plotShape(t reflect.Type) bool {
	return t.NumIn() == 3 && t.NumOut() == 2 &&
		t.In(0).Kind() == reflect.Float64 && t.In(1) == t.In(0) && t.In(2).Kind() == reflect.String &&
		t.Out(0).Implements(reflect.TypeFor[io.WriterTo]()) && t.Out(1) == reflect.TypeFor[error]()
}

// drawPlot panics when the plot cannot be drawn; Of reports it.
func drawPlot(m reflect.Value, format string) string {
	const cm = 72 / 2.54
	t := m.Type()
	out := m.Call([]reflect.Value{
		reflect.ValueOf(15 * cm).Convert(t.In(0)), reflect.ValueOf(10 * cm).Convert(t.In(1)),
		reflect.ValueOf(format).Convert(t.In(2)),
	})
	if err, _ := out[1].Interface().(error); err != nil {
		panic(err)
	}
	var buf bytes.Buffer
	if _, err := out[0].Interface().(io.WriterTo).WriteTo(&buf); err != nil {
		panic(err)
	}
	return buf.String()
}
