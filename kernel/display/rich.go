package display

import (
	"bytes"
	"encoding/json"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
)

// HTML returns a value that is shown as the given HTML, which is not escaped. A terminal shows its text without tags.
func HTML(s string) Bundle { return source(mimeHTML, s) }

// Markdown returns a value that is shown as the given Markdown; formulas between $ signs are set.
func Markdown(s string) Bundle { return source(mimeMarkdown, s) }

// LaTeX returns a value that is shown as the given formula. It may stand between $, $$, \( \), \[ \] or in an environment; a
// bare formula is set on a line of its own.
func LaTeX(s string) Bundle { return source(mimeLaTeX, mathDelimited(s)) }

// SVG returns a value that is shown as the given SVG image.
func SVG(s string) Bundle { return source(mimeSVG, s) }

// JS returns a value that runs the given JavaScript in the front end when it is shown; the variable element is its output area.
func JS(s string) Bundle { return source(mimeJS, s) }

// Text returns a value that is shown as the given text, without the quotes of a string.
func Text(s string) Bundle { return textBundle(noteCut(s, maxOwnText)) }

// JSON returns a value that is shown as a tree of v's JSON form, or as the error of encoding it. A string or []byte that is JSON
// text already is shown as what it says.
func JSON(v any) Bundle {
	switch text := v.(type) {
	case string:
		if json.Valid([]byte(text)) {
			v = json.RawMessage(text)
		}
	case []byte:
		if json.Valid(text) {
			v = json.RawMessage(text)
		}
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return textBundle("display: " + err.Error())
	}
	var indented bytes.Buffer
	_ = json.Indent(&indented, raw, "", "  ") // Marshal wrote it
	return Bundle{Data: map[string]string{mimeJSON: string(raw), mimeText: noteCut(indented.String(), maxOwnText)}}
}

// PNG returns a value that is shown as the given image file, which may also be a JPEG or a GIF. For an image of pixels see
// Image; for its size on the page see Bundle.Sized.
func PNG(file []byte) Bundle {
	mime := mimePNG
	switch {
	case bytes.HasPrefix(file, []byte("\xff\xd8\xff")):
		mime = mimeJPEG
	case bytes.HasPrefix(file, []byte("GIF8")):
		mime = mimeGIF
	}
	b := Bundle{Data: map[string]string{mime: string(file)}}
	return withText(b, imageFileText(mime, file))
}

// Image returns a value that is shown as the given image.
func Image(img image.Image) Bundle {
	if img == nil {
		return textBundle("<nil>")
	}
	return Of(img, "")
}

// imageFileText describes an image file for a terminal.
func imageFileText(mime string, file []byte) string {
	decode := map[string]func(*bytes.Reader) (image.Config, error){
		mimePNG:  func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) },
		mimeJPEG: func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) },
		mimeGIF:  func(r *bytes.Reader) (image.Config, error) { return gif.DecodeConfig(r) },
	}[mime]
	c, err := decode(bytes.NewReader(file))
	if err != nil {
		return mime + " that cannot be read: " + err.Error()
	}
	return mime + " " + dims(c.Width, c.Height)
}

// source is a bundle with one representation, whose text is what a terminal can show of it.
func source(mime, s string) Bundle { return withText(Bundle{Data: map[string]string{mime: s}}, "") }
