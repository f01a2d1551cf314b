package display

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
)

// Of returns the bundle that shows v, with text/plain always in it. static is the type of the expression as the compiler names
// it ("" when unknown); it tells a rune from an int32 and gives functions their parameters' names.
//
// What v says of itself comes first. Methods are matched by shape, whether they are declared on the value or on its pointer:
//
//	MIMEBundle() map[string]string   every representation; MIMEMetadata() map[string]any may go with it
//	HTML() string    Markdown() string    LaTeX() string    SVG() string    PNG() []byte    JPEG() []byte
//
// The text of such a value is its String method's, or else its source. After these come an image.Image (as PNG), a gonum
// plot.Plot (by its WriterTo method), a matrix (Dims() (r, c int) and At(i, j int) float64, as a table), and, where the value
// has no text of its own, slices of structs, of maps and of numeric rows, and maps (as tables). An error shows its message, a
// fmt.Formatter or fmt.Stringer its text. Everything else is in Go syntax, close to %+v: strings are quoted, pointers to structs
// are followed, functions and channels show their type. Text is cut at 16 KiB (64 KiB for what a method returns).
//
// A method that panics is reported in the text. A nil pointer is <nil>.
func Of(v any, static string) (b Bundle) {
	defer func() {
		if r := recover(); r != nil { // a type that lies about its shape, such as an image whose At fails
			b = textBundle(fmt.Sprintf("a %T that cannot be shown: %s", v, panicText(r)))
		}
	}()
	switch x := v.(type) {
	case nil:
		return textBundle("<nil>")
	case Bundle:
		return withText(x, "")
	case *Bundle:
		if x != nil {
			return withText(*x, "")
		}
	case reflect.Value:
		if !x.IsValid() {
			return textBundle("<invalid reflect.Value>")
		}
		if x.CanInterface() {
			return Of(x.Interface(), static)
		}
	}
	b, faults := shaped(v)
	if b.Data == nil {
		b = structured(v)
	}
	text, ok := b.Data[mimeText]
	switch {
	case ok:
	case b.Data == nil:
		text = goText(v, static)
	default:
		text = richText(v, b)
	}
	if len(faults) > 0 {
		text += "\n" + strings.Join(faults, "\n")
	}
	b.Data = with(b.Data, mimeText, text)
	return b
}

// with is data with one more representation; data itself may belong to the value and stays as it is.
func with(data map[string]string, mime, content string) map[string]string {
	out := make(map[string]string, len(data)+1)
	maps.Copy(out, data)
	out[mime] = content
	return out
}

// structured finds a representation in what v is rather than in what it says.
func structured(v any) Bundle {
	for _, f := range []func(any) (Bundle, bool){imageBundle, plotBundle, matrixBundle, tableBundle} {
		if b, ok := f(v); ok {
			return b
		}
	}
	return Bundle{}
}

// withText gives b the plain text it lacks: text, or what a terminal can show of the source.
func withText(b Bundle, text string) Bundle {
	if _, ok := b.Data[mimeText]; ok {
		return b
	}
	if text == "" {
		text = sourceText(b.Data)
	}
	b.Data = with(b.Data, mimeText, text)
	return b
}

// richText is the plain text that goes with a representation by methods: the value's own, or its source.
func richText(v any, b Bundle) string {
	for _, c := range candidates(v) {
		if s, ok := ownText(c); ok {
			return noteCut(s, maxOwnText)
		}
	}
	if s := sourceText(b.Data); s != "" {
		return s
	}
	return fmt.Sprintf("%T", v)
}

// sourceText is what a terminal can show of a bundle without text.
func sourceText(data map[string]string) string {
	for _, mime := range []string{mimeMarkdown, mimeLaTeX, mimeJSON, mimeJS} {
		if s, ok := data[mime]; ok {
			return noteCut(s, maxOwnText)
		}
	}
	if s, ok := data[mimeHTML]; ok {
		if s = stripTags(s); s != "" {
			return noteCut(s, maxOwnText)
		}
	}
	for _, mime := range []string{mimeSVG, mimePNG, mimeJPEG, mimeGIF} {
		if s, ok := data[mime]; ok {
			return fmt.Sprintf("%s, %s", mime, byteCount(len(s)))
		}
	}
	return ""
}

// OfAll returns the bundle of an expression with several results. Plain results read as fmt.Println prints them, each in the form
// Of gives it; when one of them is a picture, a table or markup it is shown as such, with the others as text around it. A nil
// beside a rich result, such as the error of a decoder that succeeded, is left out.
func OfAll(vs []any) Bundle {
	bundles := make([]Bundle, len(vs))
	texts := make([]string, len(vs))
	rich, plain, lines := -1, 0, false
	for i, v := range vs {
		bundles[i] = Of(v, "")
		texts[i] = bundles[i].Data[mimeText]
		lines = lines || strings.Contains(texts[i], "\n")
		switch {
		case len(bundles[i].Data) > 1 && rich < 0:
			rich = i
		case v != nil:
			plain++
		}
	}
	if rich >= 0 && plain == 0 {
		return bundles[rich]
	}
	sep := " "
	if lines {
		sep = "\n"
	}
	b := textBundle(noteCut(strings.Join(texts, sep), maxOwnText))
	if rich >= 0 {
		b.Data[mimeHTML] = stacked(bundles, vs)
	}
	return b
}

// stacked puts the results of one expression below each other as HTML.
func stacked(bundles []Bundle, vs []any) string {
	var w strings.Builder
	for i, b := range bundles {
		if vs[i] != nil {
			w.WriteString("<div>" + asHTML(b) + "</div>\n")
		}
	}
	return w.String()
}

// metadata turns what a MIMEMetadata method returned into JSON, leaving out what has none.
func metadata(m map[string]any) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(m))
	for key, v := range m {
		if raw, err := json.Marshal(v); err == nil {
			out[key] = raw
		}
	}
	return out
}
