package session

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/wrong.txt anew")

const wrongFile = "testdata/wrong.txt"

// wrong are the cells of testdata/wrong.txt, with what is said of each.
func wrong(t testing.TB) (cells [][2]string) {
	t.Helper()
	text, err := os.ReadFile(wrongFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n====\n") {
		code, said, _ := strings.Cut(part, "\n----\n")
		cells = append(cells, [2]string{code, said})
	}
	return cells
}

// TestWrongCells holds what is said of cells that people type and that cannot run: slips, habits of other languages, what Go
// refuses. Every text in the file was read by a person when it was written: -update is for after looking.
func TestWrongCells(t *testing.T) {
	var all []string
	for _, w := range wrong(t) {
		s := New(cat, map[string]string{"ebm": "joule/ebm"})
		_, ds := s.Check(1, w[0])
		var said []string
		for _, d := range ds {
			said = append(said, d.Text())
		}
		got := strings.Join(said, "\n")
		if got != w[1] && !*update {
			t.Errorf("%s\n got\n%s\nwant\n%s", w[0], got, w[1])
		}
		all = append(all, w[0]+"\n----\n"+got)
	}
	if *update {
		if err := os.WriteFile(wrongFile, []byte(strings.Join(all, "\n====\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
