package display

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
)

type person struct {
	Name string
	age  int
	Tags []string
}

func TestTables(t *testing.T) {
	for _, c := range []struct {
		v    any
		has  []string
		lack []string
		why  string
	}{
		{[]person{{"Ann", 3, nil}, {"Bob", 14, []string{"x"}}},
			[]string{">Name</th>", ">age</th>", ">Ann</td>", ">14</td>", "[&#34;x&#34;]</td>"}, []string{"&#34;Ann"}, "one column per field"},
		{[]*person{{"Ann", 3, nil}, nil}, []string{">Ann</td>", "&lt;nil&gt;"}, nil, "pointers are followed"},
		{[]map[string]any{{"b": 1, "a": "x"}, {"c": 2.5}}, []string{">a</th>", ">c</th>", ">2.5</td>"}, nil, "the union of keys"},
		{map[string]int{"k": 1}, []string{">k</th>", ">1</td>"}, nil, "a row per key"},
		{map[string]person{"k": {"Ann", 3, nil}}, []string{">Name</th>", ">Ann</td>"}, nil, "fields as columns"},
		{[][]float64{{1, 2}, {3}}, []string{">1</td>", ">3</td>"}, nil, "rows of numbers, of any length"},
		{map[string]string{"<script>": "a & b\nc"}, []string{"&lt;script&gt;", "a &amp; b<br/>c"}, []string{"<script>"}, "escaped"},
		{[]struct{ X any }{{"<b>"}}, []string{"&lt;b&gt;"}, []string{"<b>"}, "escaped"},
	} {
		b := Of(c.v, "")
		h := b.Data["text/html"]
		wellFormed(t, h)
		for _, s := range c.has {
			if !strings.Contains(h, s) {
				t.Errorf("%T lacks %s (%s):\n%s", c.v, s, c.why, h)
			}
		}
		for _, s := range c.lack {
			if strings.Contains(h, s) {
				t.Errorf("%T has %s (%s)", c.v, s, c.why)
			}
		}
		if b.Data["text/plain"] == "" {
			t.Errorf("%T: no text", c.v)
		}
	}
}

func TestNotTables(t *testing.T) {
	for _, v := range []any{
		[]int{1, 2}, []string{"a"}, []stringer{{"x"}}, []person{}, map[string]int{}, [][]byte{[]byte("x")}, []struct{}{{}},
		point{1, 2}, []any{point{}},
	} {
		if h, ok := Of(v, "").Data["text/html"]; ok {
			t.Errorf("%T became a table:\n%s", v, h)
		}
	}
}

func TestTableText(t *testing.T) {
	for _, c := range []struct {
		b    Bundle
		want string
	}{
		{Table([]person{{"Ann", 3, nil}, {"Barbara", 14, nil}}), "Name     age  Tags\nAnn        3  []\nBarbara   14  []\n"},
		{Table(map[string]float64{"mean": 1.0 / 3, "sd": 2}), "mean  0.333333\nsd           2\n"},
		{Table([][]string{{"a", "b"}, {"c", "d\ne"}}, "one", "two"), "one  two\na    b\nc    d⏎e\n"},
		{Table(point{1, 2}), "X  1\nY  2\n"},
		{Table([]any{1, "x"}), "1\nx\n"},
		{Table(3), "3"},
		{Table(nil), "<nil>"},
		{Table([]int{}), ""},
	} {
		if got := c.b.Data["text/plain"]; got != c.want {
			t.Errorf("got\n%q\nwant\n%q", got, c.want)
		}
	}
}

func TestLongAndWideTables(t *testing.T) {
	rows := make([][]float64, 1000)
	for i := range rows {
		rows[i] = make([]float64, 100)
		rows[i][0], rows[i][99] = float64(i), -float64(i)
	}
	b := Table(rows)
	wellFormed(t, b.Data["text/html"])
	for _, s := range []string{"1000 rows × 100 columns", "⋮", "⋯", "-999"} {
		if !strings.Contains(b.Data["text/html"], s) || !strings.Contains(b.Data["text/plain"], s) {
			t.Errorf("no %q in\n%s", s, b.Data["text/plain"])
		}
	}
	m := map[int]int{}
	for i := range 500 {
		m[i] = i
	}
	if b := Of(m, ""); !strings.Contains(b.Data["text/html"], "the first 60 of 500 entries") {
		t.Error("a long map does not say that it was cut")
	}
}

// wellFormed parses our own markup as XML.
func wellFormed(t *testing.T, markup string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader("<x>" + strings.ReplaceAll(markup, "&ensp;", " ") + "</x>"))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, markup)
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add("a", "<b>", 3)
	f.Fuzz(func(t *testing.T, key, value string, n int) {
		n = max(0, n%100)
		rows := make([]map[string]any, n)
		for i := range rows {
			rows[i] = map[string]any{key: value, fmt.Sprint(key, i): i}
		}
		for _, v := range []any{rows, map[string]string{key: value}, value, []byte(value)} {
			b := Of(v, "")
			if strings.Contains(b.Data["text/html"], "<"+value+">") && value != "" && !strings.Contains("table thead tbody tr th td p br/ /td /tr /th /thead /tbody /table /p", value) {
				t.Errorf("markup came through: %q", value)
			}
			if len(b.Data["text/plain"]) > 100<<10 {
				t.Error("too long")
			}
		}
	})
}
