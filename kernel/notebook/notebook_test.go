package notebook

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// minimal is a notebook as Jupyter writes it, with fields that nobody here knows and numbers that float64 cannot hold.
const minimal = `{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "intro",
   "metadata": {},
   "source": [
    "# Title\n",
    "é \u0001 <b>&</b>"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 3,
   "id": "c0de",
   "metadata": {
    "big": 12345678901234567890.10,
    "tags": [
     "raises-exception"
    ]
   },
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "a\n",
      "b\n"
     ]
    },
    {
     "data": {
      "application/json": {
       "k": [
        1,
        2.50
       ]
      },
      "text/plain": [
       "x"
      ]
     },
     "execution_count": 3,
     "metadata": {},
     "output_type": "execute_result"
    },
    {
     "future": 1,
     "output_type": "hologram"
    }
   ],
   "source": [
    "x := 1\n",
    "x"
   ]
  }
 ],
 "metadata": {
  "kernelspec": {
   "display_name": "Go (Joule)",
   "language": "go",
   "name": "joule"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5,
 "unknown": {
  "kept": 1e400
 }
}
`

func TestUntouchedNotebookIsWrittenBackByteForByte(t *testing.T) {
	nb, err := Parse([]byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	got, err := nb.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != minimal {
		t.Errorf("changed:\n%s", got)
	}
}

func TestViews(t *testing.T) {
	nb, err := Parse([]byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	c := nb.Cells[1]
	if c.Kind() != "code" || c.ID() != "c0de" || c.Source() != "x := 1\nx" || c.Count() != 3 {
		t.Errorf("kind %q id %q source %q count %d", c.Kind(), c.ID(), c.Source(), c.Count())
	}
	if tags := c.Tags(); len(tags) != 1 || tags[0] != "raises-exception" {
		t.Errorf("tags %q", tags)
	}
	if nb.Cells[0].Tags() != nil || nb.Cells[0].Count() != 0 {
		t.Error("a markdown cell has tags or a count")
	}
	outs, err := c.Outputs()
	if err != nil || len(outs) != 3 {
		t.Fatalf("%d outputs, %v", len(outs), err)
	}
	for i, want := range []string{"a\nb\n", "x", ""} {
		if got := outs[i].Plain(); got != want {
			t.Errorf("output %d: %q, want %q", i, got, want)
		}
	}
	if string(nb.Metadata("kernelspec")) == "" || nb.Metadata("absent") != nil {
		t.Error("metadata")
	}
}

func TestStripLeavesTheRest(t *testing.T) {
	nb, err := Parse([]byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	nb.Strip()
	got, err := nb.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"outputs": [],`, `"execution_count": null,`, `12345678901234567890.10`, `1e400`} {
		if !bytes.Contains(got, []byte(want)) {
			t.Errorf("%s is missing", want)
		}
	}
	if bytes.Contains(got, []byte("hologram")) {
		t.Error("an output is left")
	}
}

func TestCellIDs(t *testing.T) {
	const cell = `{"cell_type":"raw","metadata":{},"source":""`
	file := func(minor string) string {
		return `{"cells":[` + cell + `,"id":"a"},` + cell + `,"id":"a"},` + cell + `,"id":"not valid"},` + cell + `}],
			"metadata":{},"nbformat":4,"nbformat_minor":` + minor + `}`
	}
	nb, err := Parse([]byte(file("5")))
	if err != nil {
		t.Fatal(err)
	}
	first, _ := nb.Encode()
	seen := map[string]bool{}
	for i, c := range nb.Cells {
		if !validID.MatchString(c.ID()) || seen[c.ID()] {
			t.Errorf("cell %d has the id %q", i, c.ID())
		}
		seen[c.ID()] = true
	}
	if nb.Cells[0].ID() != "a" {
		t.Error("a good id was changed")
	}
	nb, _ = Parse([]byte(file("5")))
	if second, _ := nb.Encode(); !bytes.Equal(first, second) {
		t.Error("the same notebook gave other ids")
	}
	nb, _ = Parse([]byte(file("4")))
	if old, _ := nb.Encode(); bytes.Count(old, []byte(`"id"`)) != 3 {
		t.Error("format 4.4 has no ids, yet one was added")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, test := range []struct{ name, file, want string }{
		{"an empty file", ``, "not a notebook file"},
		{"text", `hello`, "not a notebook file"},
		{"another kind of JSON", `[1]`, "object is expected, found a list"},
		{"half a file", minimal[:200], "not a notebook file"},
		{"something after the end", `{"nbformat":4,"cells":[]} {}`, "not a notebook file"},
		{"JSON that is no notebook", `{"a": 1}`, "has no field nbformat"},
		{"an old format", `{"nbformat": 3, "worksheets": []}`, "format 3 is not supported"},
		{"a minor that is no number", `{"nbformat":4,"nbformat_minor":"x","cells":[]}`, "not a whole number"},
		{"no cells", `{"nbformat":4}`, "no list of cells"},
		{"cells of another kind", `{"nbformat":4,"cells":{}}`, "no list of cells"},
		{"a cell that is no object", `{"nbformat":4,"cells":[null]}`, "cell 1: a JSON object is expected, found null"},
		{"a cell of no type", `{"nbformat":4,"cells":[{"source":""}]}`, "cell 1: it has no cell_type"},
		{"a source that is a number", `{"nbformat":4,"cells":[{"cell_type":"code","source":1}]}`, "found a number"},
		{"no source", `{"nbformat":4,"cells":[{"cell_type":"code"}]}`, "found nothing"},
		{"an id that is a number", `{"nbformat":4,"cells":[{"cell_type":"code","source":"","id":1}]}`, "its id is a number"},
	} {
		_, err := Parse([]byte(test.file))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one sentence with %q", test.name, err, test.want)
		}
	}
}

func TestOutputsOfAnotherShapeAreErrors(t *testing.T) {
	for _, outputs := range []string{`1`, `[1]`, `[{}]`, `[{"output_type":"stream","text":5}]`, `[{"output_type":"error","traceback":7}]`} {
		nb, err := Parse([]byte(`{"nbformat":4,"cells":[{"cell_type":"code","source":"","outputs":` + outputs + `}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := nb.Cells[0].Outputs(); err == nil {
			t.Errorf("outputs %s were read", outputs)
		}
	}
}

// The lines that Python's str.splitlines(keepends=True) gives for the same strings.
func TestSplitLines(t *testing.T) {
	for in, want := range map[string][]string{
		"":                   nil,
		"a":                  {"a"},
		"a\n":                {"a\n"},
		"a\r\nb\rc\n\nd":     {"a\r\n", "b\r", "c\n", "\n", "d"},
		"é\u2028x\u0085\v\f": {"é\u2028", "x\u0085", "\v", "\f"},
		"\x1c\x1d\x1e\x1f":   {"\x1c", "\x1d", "\x1e", "\x1f"},
	} {
		if got := splitLines(in); strings.Join(got, "|") != strings.Join(want, "|") || len(got) != len(want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestWriteFileReplacesAndKeepsTheMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n.ipynb")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	nb, err := Parse([]byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	if err := nb.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(path)
	info, _ := os.Stat(path)
	if string(got) != minimal || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, content %q", info.Mode(), got)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".notebook-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := nb.WriteFile(filepath.Join(path, "no", "folder")); err == nil || !strings.HasPrefix(err.Error(), "notebook: ") {
		t.Errorf("a path that cannot be: %v", err)
	}
}

// FuzzParse: whatever is read without an error is written, and what is written reads and writes the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte(`{"nbformat":4,"nbformat_minor":5,"cells":[{"cell_type":"code","source":["a\n","b"],"outputs":[]}]}`))
	f.Add([]byte(`{"nbformat":4,"cells":null,"cells":[{"cell_type":"x","source":""}],"metadata":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		nb, err := Parse(data)
		if err != nil {
			return
		}
		for _, c := range nb.Cells {
			c.Tags()
			c.Count()
			c.Outputs()
		}
		first, err := nb.Encode()
		if err != nil {
			t.Fatalf("read, but not written: %v", err)
		}
		again, err := Parse(first)
		if err != nil {
			t.Fatalf("written, but not read: %v\n%s", err, first)
		}
		second, err := again.Encode()
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("not stable (%v):\n%s\n%s", err, first, second)
		}
	})
}
