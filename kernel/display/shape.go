package display

import (
	"encoding/base64"
	"fmt"
	"html"
	"reflect"
	"regexp"
	"strings"
)

// The methods by which a value says how it looks.
type (
	bundler     interface{ MIMEBundle() map[string]string }
	annotator   interface{ MIMEMetadata() map[string]any }
	htmler      interface{ HTML() string }
	markdowner  interface{ Markdown() string }
	latexer     interface{ LaTeX() string }
	svger       interface{ SVG() string }
	pnger       interface{ PNG() []byte }
	jpeger      interface{ JPEG() []byte }
	pngFailer   interface{ PNG() ([]byte, error) }
	svgFailer   interface{ SVG() (string, error) }
	htmlFailer  interface{ HTML() (string, error) }
	bundleMaker interface{ Bundle() Bundle }
)

const (
	maxMarkup   = 32 << 20  // bytes of one text representation that a method returns
	maxSVGFirst = 512 << 10 // a value with both SVG and PNG is shown as SVG up to this size
)

// candidates are the values whose methods speak for v: v itself, and a pointer to a copy of it where that has more methods. A
// nil pointer has nothing to say.
func candidates(v any) []any {
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Invalid:
		return nil
	case reflect.Pointer:
		if rv.IsNil() {
			return nil
		}
		return []any{v}
	}
	if t := rv.Type(); t.Name() != "" && reflect.PointerTo(t).NumMethod() > t.NumMethod() {
		p := reflect.New(t)
		p.Elem().Set(rv)
		return []any{v, p.Interface()}
	}
	return []any{v}
}

// shaped asks v's methods for representations; faults say which of them failed.
func shaped(v any) (b Bundle, faults []string) {
	for _, c := range candidates(v) {
		var a asker
		if m, ok := c.(bundleMaker); ok {
			a.try("Bundle", func() { b = m.Bundle() })
			if len(b.Data) > 0 {
				return b, a.faults
			}
		}
		if m, ok := c.(bundler); ok {
			a.try("MIMEBundle", func() { b.Data = m.MIMEBundle() })
			if m, ok := c.(annotator); ok && len(b.Data) > 0 {
				a.try("MIMEMetadata", func() { b.Metadata = metadata(m.MIMEMetadata()) })
			}
		}
		if len(b.Data) == 0 {
			b.Data = a.ask(c)
		}
		if len(b.Data) > 0 || len(a.faults) > 0 {
			return b, a.faults
		}
	}
	return Bundle{}, nil
}

// An asker collects the representations of one value.
type asker struct {
	data   map[string]string
	faults []string
}

// try runs one of the value's methods.
func (a *asker) try(method string, f func()) {
	if p := guard(method, f); p != "" {
		a.faults = append(a.faults, p)
	}
}

// add takes what a method returns; an empty representation is none.
func (a *asker) add(method, mime string, f func() string) {
	s := ""
	a.try(method, func() { s = f() })
	if s == "" {
		return
	}
	if mime[:5] == "text/" && len(s) > maxMarkup {
		a.faults = append(a.faults, fmt.Sprintf("%s returned %s: not shown", method, byteCount(len(s))))
		return
	}
	if a.data == nil {
		a.data = map[string]string{}
	}
	a.data[mime] = s
}

// ask calls every method that c has, and PNG only when SVG gave nothing or too much.
func (a *asker) ask(c any) map[string]string {
	if m, ok := c.(htmler); ok {
		a.add("HTML", mimeHTML, m.HTML)
	} else if m, ok := c.(htmlFailer); ok {
		a.add("HTML", mimeHTML, func() string { return must(m.HTML()) })
	}
	if m, ok := c.(markdowner); ok {
		a.add("Markdown", mimeMarkdown, m.Markdown)
	}
	if m, ok := c.(latexer); ok {
		a.add("LaTeX", mimeLaTeX, func() string { return mathDelimited(m.LaTeX()) })
	}
	if m, ok := c.(svger); ok {
		a.add("SVG", mimeSVG, m.SVG)
	} else if m, ok := c.(svgFailer); ok {
		a.add("SVG", mimeSVG, func() string { return must(m.SVG()) })
	}
	if svg := len(a.data[mimeSVG]); svg == 0 || svg > maxSVGFirst {
		before := len(a.data)
		if m, ok := c.(pnger); ok {
			a.add("PNG", mimePNG, func() string { return string(m.PNG()) })
		} else if m, ok := c.(pngFailer); ok {
			a.add("PNG", mimePNG, func() string { return string(must(m.PNG())) })
		} else if m, ok := c.(jpeger); ok {
			a.add("JPEG", mimeJPEG, func() string { return string(m.JPEG()) })
		}
		if svg > 0 && len(a.data) > before {
			delete(a.data, mimeSVG)
		}
	}
	return a.data
}

// must turns a method's error into the panic that guard reports.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// mathDelimited wraps bare LaTeX in $$ … $$, without which a front end would show its source.
func mathDelimited(s string) string {
	t := strings.TrimSpace(s)
	if t == "" || strings.Contains(t, "$") || strings.HasPrefix(t, `\(`) || strings.HasPrefix(t, `\[`) ||
		strings.HasPrefix(t, `\begin{`) {
		return s
	}
	return "$$" + t + "$$"
}

// asHTML shows a bundle inside a larger piece of HTML.
func asHTML(b Bundle) string {
	image := func(mime, content string) string {
		return `<img src="data:` + mime + `;base64,` + base64.StdEncoding.EncodeToString([]byte(content)) + `"/>`
	}
	if s, ok := b.Data[mimeHTML]; ok {
		return s
	}
	for _, mime := range []string{mimeSVG, mimePNG, mimeJPEG, mimeGIF} {
		if s, ok := b.Data[mime]; ok {
			return image(mime, s)
		}
	}
	return `<pre>` + html.EscapeString(b.Data[mimeText]) + `</pre>`
}

// stripTags is what a terminal shows of HTML: its text, with one line per block.
func stripTags(s string) string {
	s, _ = cut(s, 4*maxOwnText)
	s = regexp.MustCompile(`(?is)<(script|style)\b.*?</(script|style)\s*>|<!--.*?-->`).ReplaceAllString(s, "")
	s = regexp.MustCompile(`(?i)</t[dh]>`).ReplaceAllString(s, "\t")
	s = regexp.MustCompile(`(?i)<br\s*/?>|</(p|div|tr|li|h[1-6]|pre|table)>`).ReplaceAllString(s, "\n")
	s = html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(s, ""))
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// byteCount writes a size for people.
func byteCount(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
