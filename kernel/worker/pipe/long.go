package pipe

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Long is a text of a Display that stands behind its Reply.
type Long struct {
	Type string
	Size int
}

const (
	longText = 32 << 10
	tooLong  = 1 << 30 // gob's own limit
)

// shown is the display in a reply, if there is one.
func (r *Reply) shown() *Display {
	if r.Done != nil {
		return r.Done.Value
	}
	return r.Display
}

// short is r without its long texts, and these.
func (r *Reply) short() (short *Reply, texts []string) {
	d := r.shown()
	if d == nil {
		return r, nil
	}
	rest := *d
	for _, typ := range slices.Sorted(maps.Keys(d.Data)) {
		if text := d.Data[typ]; len(text) >= longText {
			if texts == nil {
				rest.Data = maps.Clone(d.Data)
			}
			delete(rest.Data, typ)
			rest.Long = append(rest.Long, Long{typ, len(text)})
			texts = append(texts, text)
		}
	}
	if texts == nil {
		return r, nil
	}
	copied := *r
	if r.Done != nil {
		done := *r.Done
		done.Value, copied.Done = &rest, &done
	} else {
		copied.Display = &rest
	}
	return &copied, texts
}

// whole reads the long texts of r.
func (r *Reply) whole(in io.Reader) error {
	d := r.shown()
	if d == nil || len(d.Long) == 0 {
		return nil
	}
	if d.Data == nil {
		d.Data = make(map[string]string, len(d.Long))
	}
	for _, l := range d.Long {
		if l.Size < 0 || l.Size > tooLong {
			return fmt.Errorf("pipe: a text of %d bytes", l.Size)
		}
		var text strings.Builder
		text.Grow(l.Size)
		if _, err := io.CopyN(&text, in, int64(l.Size)); err != nil {
			return err
		}
		d.Data[l.Type] = text.String()
	}
	d.Long = nil
	return nil
}
