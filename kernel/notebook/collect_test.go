package notebook

import (
	"strings"
	"testing"
)

// Each row is a story: the messages of cell 0 unless a line starts with "1 ", and the outputs of cell 0 afterwards.
func TestCollect(t *testing.T) {
	const (
		outA   = `stream {"name":"stdout","text":"a"}`
		outB   = `stream {"name":"stdout","text":"b\n"}`
		errC   = `stream {"name":"stderr","text":"c"}`
		shown  = `display_data {"data":{"text/plain":"v1"},"metadata":{},"transient":{"display_id":"d"}}`
		update = `update_display_data {"data":{"text/plain":"v2"},"metadata":{},"transient":{"display_id":"d"}}`
		result = `execute_result {"data":{"text/plain":"42"},"metadata":{},"execution_count":7}`
		failed = `error {"ename":"Panic","evalue":"boom","traceback":["line"]}`
	)
	for _, test := range []struct {
		why      string
		messages []string
		want     string
	}{
		{"pieces of one stream are one output", []string{outA, outB}, "stdout:ab\n"},
		{"another stream begins an output of its own, and order is kept", []string{outA, errC, outB}, "stdout:a|stderr:c|stdout:b\n"},
		{"a display separates two pieces of a stream", []string{outA, shown, outB}, "stdout:a|display_data:v1|stdout:b\n"},
		{"an update changes the display in place", []string{shown, outA, update}, "display_data:v2|stdout:a"},
		{"an update of a later cell reaches back", []string{shown, "1 " + update}, "display_data:v2"},
		{"showing an id again updates the first one too, as in JupyterLab",
			[]string{shown, `display_data {"data":{"text/plain":"v3"},"metadata":{},"transient":{"display_id":"d"}}`},
			"display_data:v3|display_data:v3"},
		{"an update of an unknown id does nothing", []string{outA, update}, "stdout:a"},
		{"clear_output clears at once", []string{outA, `clear_output {"wait":false}`}, ""},
		{"with wait it clears only when something new comes", []string{outA, `clear_output {"wait":true}`}, "stdout:a"},
		{"with wait, then new output", []string{outA, `clear_output {"wait":true}`, outB, errC}, "stdout:b\n|stderr:c"},
		{"a cleared display cannot be updated any more", []string{shown, `clear_output {"wait":false}`, update}, ""},
		{"results and errors", []string{result, failed}, "execute_result:42|error:Panic: boom"},
		{"null instead of transient is allowed", []string{`display_data {"data":{},"metadata":{},"transient":null}`}, "display_data:"},
		{"messages that show nothing", []string{`status {"execution_state":"busy"}`, `comm_open {"x":1}`}, ""},
	} {
		c := newCollector()
		c.begin(0)
		c.begin(1)
		for _, m := range test.messages {
			index := 0
			if rest, later := strings.CutPrefix(m, "1 "); later {
				index, m = 1, rest
			}
			kind, content, _ := strings.Cut(m, " ")
			if _, err := c.add(index, kind, []byte(content)); err != nil {
				t.Errorf("%s: %v", test.why, err)
			}
		}
		var got []string
		for _, o := range c.cells[0].outputs {
			label := o.Kind
			if o.Kind == "stream" {
				label = o.Name
			}
			got = append(got, label+":"+o.Plain())
		}
		if s := strings.Join(got, "|"); s != test.want {
			t.Errorf("%s:\n got %q\nwant %q", test.why, s, test.want)
		}
	}
}

func TestCollectedOutputsAreValidAndCounted(t *testing.T) {
	nb, err := Parse([]byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	c := newCollector()
	c.begin(1)
	for _, m := range [][2]string{
		{"execute_input", `{"code":"x","execution_count":9}`},
		{"stream", `{"name":"stdout","text":"one\ntwo"}`},
		{"display_data", `{"data":{"image/png":"aGk=","image/svg+xml":"<svg>\n</svg>","application/json":{"a":[1]}},"metadata":null}`},
	} {
		if _, err := c.add(1, m[0], []byte(m[1])); err != nil {
			t.Fatal(err)
		}
	}
	c.store(nb)
	if nb.Cells[1].Count() != 9 {
		t.Errorf("count %d, want 9", nb.Cells[1].Count())
	}
	data, err := nb.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\"text\": [\n      \"one\\n\",\n      \"two\"\n     ]",
		"\"image/png\": \"aGk=\"",
		"\"image/svg+xml\": [\n       \"<svg>\\n\",\n       \"</svg>\"\n      ]",
		"\"metadata\": {},\n     \"output_type\": \"display_data\"",
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%q is missing in\n%s", want, data)
		}
	}
	if _, err := c.add(1, "stream", []byte(`{"name":5}`)); err == nil {
		t.Error("a message of another shape was taken")
	}
}

// Who watches a run is told how displays look at the end of a cell, and not of each step on the way.
func TestChangesOfDisplays(t *testing.T) {
	state := func(kind, id, text string) string {
		return kind + ` {"data":{"text/plain":"` + text + `"},"metadata":{},"transient":{"display_id":"` + id + `"}}`
	}
	const show, update = "display_data", "update_display_data"
	for _, test := range []struct {
		why      string
		messages []string // "end" stands for the end of a cell
		want     string   // at each end
	}{
		{"a display that stays as it is", []string{state(show, "d", "v1"), "end"}, ""},
		{"the last of many states", []string{state(show, "d", "v1"), state(update, "d", "v2"), state(update, "d", "v3"), "end"}, "v3 "},
		{"once", []string{state(show, "d", "v1"), state(update, "d", "v2"), "end", "end"}, "v2 "},
		{"what looks the same as text", []string{state(show, "d", "v1"), state(update, "d", "v1"), "end"}, ""},
		{"back where it was", []string{state(show, "d", "v1"), state(update, "d", "v2"), state(update, "d", "v1"), "end"}, ""},
		{"each display, in the order of updates",
			[]string{state(show, "a", "1"), state(show, "b", "1"), state(update, "b", "2"), state(update, "a", "3"), "end"}, "2 3 "},
		{"in a later cell", []string{state(show, "d", "v1"), "end", state(update, "d", "v2"), "end"}, "v2 "},
		{"a cleared display", []string{state(show, "d", "v1"), state(update, "d", "v2"), `clear_output {"wait":false}`, "end"}, ""},
		{"an unknown one", []string{state(update, "d", "v2"), "end"}, ""},
	} {
		c := newCollector()
		c.begin(0)
		got := ""
		for _, m := range test.messages {
			if m == "end" {
				for _, o := range c.changes() {
					got += o.Plain() + " "
				}
				continue
			}
			kind, content, _ := strings.Cut(m, " ")
			if _, err := c.add(0, kind, []byte(content)); err != nil {
				t.Errorf("%s: %v", test.why, err)
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.why, got, test.want)
		}
	}
}
