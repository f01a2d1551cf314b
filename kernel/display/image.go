package display

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
)

// maxSide is the longest side, in pixels, at which an image is sent; a larger one is thinned out.
const maxSide = 4096

// imageBundle shows an image.Image as PNG.
func imageBundle(v any) (Bundle, bool) {
	for _, c := range candidates(v) {
		img, ok := c.(image.Image)
		if !ok {
			continue
		}
		return imageOf(img, fmt.Sprintf("%T", v)), true
	}
	return Bundle{}, false
}

func imageOf(img image.Image, name string) Bundle {
	r := img.Bounds()
	text := name + " " + dims(r.Dx(), r.Dy())
	if r.Empty() {
		return textBundle(text + " (empty)")
	}
	if side := max(r.Dx(), r.Dy()); side > maxSide {
		img = thin(img, (side+maxSide-1)/maxSide)
		text += fmt.Sprintf(" (shown at %d×%d)", img.Bounds().Dx(), img.Bounds().Dy())
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return textBundle(text + ": " + err.Error())
	}
	return Bundle{Data: map[string]string{mimeText: text, mimePNG: buf.String()}}
}

// thin keeps every step-th pixel of img in both directions.
func thin(img image.Image, step int) image.Image {
	r := img.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, max(1, r.Dx()/step), max(1, r.Dy()/step)))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Set(x, y, img.At(r.Min.X+x*step, r.Min.Y+y*step))
		}
	}
	return out
}

func dims(w, h int) string { return fmt.Sprintf("%d×%d", w, h) }
