package display

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// Table shows rows as a table: a slice of structs (one column per field), of maps (one per key), of slices (one per element) or
// of plain values; a map (its keys first); a struct (one row per field); a matrix. header, when given, names the columns. Long
// and wide tables show their first and last rows and columns. Numbers have six digits.
func Table(rows any, header ...string) Bundle {
	if b, ok := matrixBundle(rows); ok && len(header) == 0 {
		return b
	}
	g := tabulate(rows)
	if g == nil {
		return Of(rows, "")
	}
	if len(header) > 0 {
		g.head = header
	}
	return g.bundle()
}

// tabulate makes a grid of anything that has parts, and nil of anything else.
func tabulate(rows any) *grid {
	v := deref(reflect.ValueOf(rows))
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		return listGrid(v)
	case reflect.Map:
		return mapGrid(v)
	case reflect.Struct:
		g := &grid{gap: -1, right: []bool{false}, rows: [][]string{}, label: []string{}}
		for i := range v.NumField() {
			g.label = append(g.label, v.Type().Field(i).Name)
			g.rows = append(g.rows, []string{cellText(v.Field(i))})
		}
		return g
	}
	return nil
}

// tableBundle shows values that are tables by their type and have no text of their own: slices of structs or maps, two or more
// rows of numbers, and maps. Their plain text is in Go syntax.
func tableBundle(v any) (Bundle, bool) {
	rv := reflect.ValueOf(v)
	if _, ok := ownText(v); ok || !tabular(rv) {
		return Bundle{}, false
	}
	g := tabulate(v)
	return Bundle{Data: map[string]string{mimeText: goText(v, ""), mimeHTML: g.html()}}, true
}

// tabular reports whether v is shown as a table without being asked to.
func tabular(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map:
		return v.Len() > 0
	case reflect.Slice, reflect.Array:
		if v.Len() == 0 {
			return false
		}
	default:
		return false
	}
	t := v.Type().Elem()
	switch {
	case speaks(t):
		return false
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		return t.Elem().NumField() > 0
	case t.Kind() == reflect.Struct:
		return t.NumField() > 0
	case t.Kind() == reflect.Map:
		return true
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		return numeric(t.Elem().Kind())
	}
	return false
}

// speaks reports whether values of t have a text of their own, which a table of their fields would hide.
func speaks(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[error]()) || t.Implements(reflect.TypeFor[fmt.Stringer]()) ||
		t.Implements(reflect.TypeFor[fmt.Formatter]())
}

func numeric(k reflect.Kind) bool {
	return k >= reflect.Int && k <= reflect.Complex128 && k != reflect.Uint8 && k != reflect.Uintptr
}

// deref follows pointers and interfaces to what they hold.
func deref(v reflect.Value) reflect.Value {
	for range maxDepth {
		if k := v.Kind(); k != reflect.Pointer && k != reflect.Interface {
			break
		}
		v = v.Elem()
	}
	return v
}

// A columns collects cells by column name, in the order in which columns first appear.
type columns struct {
	names []string
	at    map[string]int
	num   []bool // every cell so far is a number
}

func (c *columns) set(row []string, name string, v reflect.Value) []string {
	j, ok := c.at[name]
	if !ok {
		j = len(c.names)
		c.at[name] = j
		c.names = append(c.names, name)
		c.num = append(c.num, true)
	}
	for len(row) <= j {
		row = append(row, "")
	}
	row[j] = cellText(v)
	if d := deref(v); d.IsValid() && !numeric(d.Kind()) && d.Kind() != reflect.Uint8 {
		c.num[j] = false
	}
	return row
}

// listGrid has a row for each element of a slice or an array.
func listGrid(v reflect.Value) *grid {
	index, gap := window(v.Len(), maxRows, headRows, tailRows)
	cols := columns{at: map[string]int{}}
	g := &grid{gap: gap, rows: [][]string{}}
	named := false
	for _, i := range index {
		row, hasNames := cols.row(v.Index(i))
		named = named || hasNames
		g.rows = append(g.rows, row)
		if gap >= 0 {
			g.label = append(g.label, strconv.Itoa(i))
		}
	}
	cols.finish(g, named)
	if gap >= 0 || g.note != "" {
		g.note = extent(v.Len(), len(cols.names))
	}
	return g
}

// row splits one element into cells; named says whether its columns have names or only numbers.
func (c *columns) row(v reflect.Value) (cells []string, named bool) {
	d := deref(v)
	if d.IsValid() && speaks(d.Type()) {
		d = reflect.Value{}
	}
	switch d.Kind() {
	case reflect.Struct:
		for i := range d.NumField() {
			cells = c.set(cells, d.Type().Field(i).Name, d.Field(i))
		}
		return cells, true
	case reflect.Map:
		for _, e := range sortedEntries(d, 1000) {
			cells = c.set(cells, keyText(e.key), e.value)
		}
		return cells, true
	case reflect.Slice, reflect.Array:
		if d.Type().Elem().Kind() == reflect.Uint8 {
			break
		}
		for j := range min(d.Len(), 1000) {
			cells = c.set(cells, strconv.Itoa(j), d.Index(j))
		}
		return cells, false
	}
	return c.set(nil, "0", v), false
}

// mapGrid has a row for each key of a map; a value that is a struct or a map fills columns of its own.
func mapGrid(v reflect.Value) *grid {
	n := v.Len()
	entries := sortedEntries(v, maxRows)
	cols := columns{at: map[string]int{}}
	g := &grid{gap: -1, rows: [][]string{}, label: []string{}}
	named := false
	for _, e := range entries {
		var row []string
		if d := deref(e.value); d.Kind() == reflect.Struct && !speaks(d.Type()) {
			row, named = cols.row(e.value)
		} else {
			row = cols.set(nil, "", e.value)
		}
		g.label = append(g.label, keyText(e.key))
		g.rows = append(g.rows, row)
	}
	cols.finish(g, named)
	if n > len(entries) {
		g.note = fmt.Sprintf("the first %d of %d entries", len(entries), n)
	}
	return g
}

// finish gives g its titles and alignment, makes all rows equally long and leaves out columns beyond the bound.
func (c *columns) finish(g *grid, named bool) {
	index, gap := window(len(c.names), maxCols, headCols, tailCols)
	for i, row := range g.rows {
		row = append(row, slices.Repeat([]string{""}, len(c.names)-len(row))...)
		g.rows[i] = spliced(index, gap, func(j int) string { return row[j] })
	}
	if named {
		g.head = spliced(index, gap, func(j int) string { return c.names[j] })
	}
	for k, j := range index {
		if k == gap {
			g.right = append(g.right, false)
		}
		g.right = append(g.right, c.num[j])
	}
	if gap >= 0 {
		g.note = extent(len(g.rows), len(c.names))
	}
}

// cellText is a value inside a table: text without quotes, numbers with six digits, everything else in Go syntax.
func cellText(v reflect.Value) string {
	if v.IsValid() && v.CanInterface() && v.Kind() != reflect.Interface && speaks(v.Type()) {
		return inline(v)
	}
	d := v
	if d.Kind() == reflect.Interface {
		d = d.Elem()
		if d.IsValid() && speaks(d.Type()) {
			return inline(d)
		}
	}
	switch d.Kind() {
	case reflect.String:
		return d.String()
	case reflect.Float32:
		x, _ := strconv.ParseFloat(strconv.FormatFloat(d.Float(), 'g', -1, 32), 64)
		return number(x)
	case reflect.Float64:
		return number(d.Float())
	case reflect.Invalid:
		return "<nil>"
	}
	return inline(d)
}

// keyText is a map's key as a label or a title.
func keyText(k reflect.Value) string { return cellText(k) }
