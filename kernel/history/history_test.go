package history

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"joule/kernel"
)

// patience is far longer than anything takes here, also on a slow and busy disk.
const patience = 3 * time.Minute

func open(t testing.TB, path string) *Store {
	s := Open(path, Options{Patience: patience})
	t.Cleanup(func() {
		select {
		case <-s.stop:
		default:
			s.Close()
		}
	})
	return s
}

func put(t testing.TB, x kernel.HistorySession, line int, input string, output ...string) {
	t.Helper()
	var o *string
	if len(output) > 0 {
		o = &output[0]
	}
	if err := x.Append(line, input, o); err != nil {
		t.Fatal(err)
	}
}

// inputs returns what a question found, as session/line input.
func inputs(t testing.TB, list []kernel.HistoryEntry, err error) (texts []string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		texts = append(texts, fmt.Sprintf("%d/%d %s", e.Session, e.Line, e.Input))
	}
	return texts
}

func expect(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// TestStores: a file and a memory answer alike.
func TestStores(t *testing.T) {
	for name, h := range map[string]kernel.History{
		"file":      open(t, filepath.Join(t.TempDir(), "new", "history.jsonl")),
		"memory":    kernel.NewMemoryHistory(),
		"unwritten": open(t, filepath.Join(t.TempDir(), "a file")+"\x00"),
	} {
		t.Run(name, func(t *testing.T) {
			a, b := h.NewSession(), h.NewSession()
			if name != "unwritten" { // there, sessions have no numbers of their own until they are written
				put(t, a, 1, "x := 1")
				put(t, a, 2, "x\n+ 1", "2")
				put(t, b, 1, "x := 1")
				put(t, a, 3, "fmt.Println(x)")
				put(t, b, 2, "y := 2", "é😀")
			} else {
				for i, input := range []string{"x := 1", "x\n+ 1", "x := 1", "fmt.Println(x)", "y := 2"} {
					put(t, a, i+1, input)
				}
				list, err := a.Search("x*", 1, true)
				expect(t, "search", inputs(t, list, err), "1/3 x := 1")
				list, err = a.Range(0, 2, 3)
				expect(t, "range", inputs(t, list, err), "1/2 x\n+ 1")
				return
			}
			list, err := a.Tail(2)
			expect(t, "tail 2", inputs(t, list, err), "1/3 fmt.Println(x)", "2/2 y := 2")
			if list[0].Output != nil || list[1].Output == nil || *list[1].Output != "é😀" {
				t.Errorf("outputs: %+v", list)
			}
			list, err = a.Tail(-1)
			if len(inputs(t, list, err)) != 5 {
				t.Errorf("tail -1: %+v", list)
			}
			list, err = b.Tail(0)
			expect(t, "tail 0", inputs(t, list, err))
			list, err = a.Range(0, 2, 3)
			expect(t, "range 2..3", inputs(t, list, err), "1/2 x\n+ 1")
			list, err = b.Range(0, 0, -1)
			expect(t, "all of this session", inputs(t, list, err), "2/1 x := 1", "2/2 y := 2")
			list, err = b.Range(-1, 3, -1)
			expect(t, "the session before", inputs(t, list, err), "1/3 fmt.Println(x)")
			list, err = a.Range(2, 0, 2)
			expect(t, "session 2", inputs(t, list, err), "2/1 x := 1")
			list, err = a.Range(9, 0, -1)
			expect(t, "no such session", inputs(t, list, err))
			list, err = a.Search("x := *", -1, false)
			expect(t, "search", inputs(t, list, err), "1/1 x := 1", "2/1 x := 1")
			list, err = a.Search("x := *", -1, true)
			expect(t, "search unique", inputs(t, list, err), "2/1 x := 1")
			list, err = a.Search("*x*", 2, true)
			expect(t, "search 2", inputs(t, list, err), "2/1 x := 1", "1/3 fmt.Println(x)")
			list, err = a.Search("nothing", -1, false)
			expect(t, "search nothing", inputs(t, list, err))
		})
	}
}

// TestReopened: a later kernel finds what earlier ones ran, in sessions of rising numbers; sessions without cells leave no trace.
func TestReopened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	for i := range 3 {
		s := Open(path, Options{Patience: patience})
		s.NewSession()
		put(t, s.NewSession(), 1, fmt.Sprint("cell ", i))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	x := open(t, path).NewSession()
	list, err := x.Tail(-1)
	expect(t, "tail", inputs(t, list, err), "1/1 cell 0", "2/1 cell 1", "3/1 cell 2")
	list, err = x.Range(-1, 0, -1)
	expect(t, "the last session", inputs(t, list, err), "3/1 cell 2")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can read the history: %v, %v", info.Mode(), err)
	}
}

// TestShared: kernels that write at the same time lose nothing, mix no lines and share no session number.
func TestShared(t *testing.T) {
	const kernels, cells = 8, 200
	path := filepath.Join(t.TempDir(), "history.jsonl")
	var all sync.WaitGroup
	for k := range kernels {
		all.Go(func() {
			s := Open(path, Options{Patience: patience})
			x := s.NewSession()
			for i := range cells {
				put(t, x, i+1, fmt.Sprintf("kernel %d cell %d %s", k, i, strings.Repeat("x", i)))
				if i%50 == 0 {
					if _, err := x.Tail(1); err != nil { // what waits is written now, not with the rest
						t.Error(err)
					}
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	list, err := open(t, path).NewSession().Tail(-1)
	if err != nil || len(list) != kernels*cells {
		t.Fatalf("%d cells, want %d; %v", len(list), kernels*cells, err)
	}
	owner := make(map[int]string)
	for _, e := range list {
		var k, i int
		if n, err := fmt.Sscanf(e.Input, "kernel %d cell %d", &k, &i); n != 2 || i+1 != e.Line {
			t.Fatalf("%+v, %v", e, err)
		}
		name := fmt.Sprint(k)
		if was, known := owner[e.Session]; known && was != name {
			t.Fatalf("session %d belongs to the kernels %s and %s", e.Session, was, name)
		}
		owner[e.Session] = name
	}
	if len(owner) != kernels {
		t.Errorf("%d sessions", len(owner))
	}
}

// TestCorrupt: whatever is in the file, new cells are kept and found, and so are the lines that are whole.
func TestCorrupt(t *testing.T) {
	whole := `{"s":7,"n":1,"t":1,"i":"whole"}` + "\n"
	for name, content := range map[string]string{
		"cut off":            whole + `{"s":7,"n":2,"t":1,"i":"hal`,
		"no end of line":     strings.TrimSuffix(whole, "\n"),
		"binary":             "\x00\xff\xfe\n\n\n" + whole + strings.Repeat("\x00", 5000),
		"other JSON":         "[]\nnull\n{}\n7\n{\"s\":\"x\"}\n{\"s\":-3,\"n\":1,\"i\":\"x\"}\n" + whole,
		"one enormous line":  whole + strings.Repeat("y", 1<<20),
		"a database instead": "SQLite format 3\x00" + strings.Repeat("\x01", 4096) + "\n" + whole,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "history.jsonl")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			x := open(t, path).NewSession()
			put(t, x, 1, "new")
			list, err := x.Tail(-1)
			expect(t, "tail", inputs(t, list, err), "7/1 whole", "8/1 new")
			after, err := os.ReadFile(path)
			if err != nil || !bytes.HasPrefix(after, []byte(content)) {
				t.Error("what was in the file is not there any more")
			}
		})
	}
}

// TestBounded: the file never grows beyond its limit for long, keeps the newest, and goes on counting sessions.
func TestBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	const limit = 64 << 10
	for range 3 {
		s := Open(path, Options{MaxBytes: limit, Patience: patience})
		x := s.NewSession()
		for i := range 500 {
			put(t, x, i+1, fmt.Sprintf("%d %s", i, strings.Repeat("x", 200)))
			if i%100 == 99 {
				x.Tail(1)
			}
		}
		s.Close()
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > 2*limit || info.Size() < limit/4 {
		t.Errorf("%d bytes, %v", info.Size(), err)
	}
	list, err := open(t, path).NewSession().Tail(1)
	if err != nil || len(list) != 1 || list[0].Line != 500 || list[0].Session != 3 {
		t.Errorf("%+v, %v", list, err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".history-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestUnwritable: where nothing can be written, cells are remembered until the end of the process, and written when it works.
func TestUnwritable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // a file stands where the folder should be
		t.Fatal(err)
	}
	path := filepath.Join(dir, "history.jsonl")
	x := open(t, path).NewSession()
	put(t, x, 1, "first")
	list, err := x.Tail(-1)
	expect(t, "while it does not work", inputs(t, list, err), "1/1 first")
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	put(t, x, 2, "second")
	list, err = x.Tail(-1)
	expect(t, "when it works", inputs(t, list, err), "1/1 first", "1/2 second")
	list, err = open(t, path).NewSession().Tail(-1)
	expect(t, "another kernel", inputs(t, list, err), "1/1 first", "1/2 second")
}

// TestHuge: inputs beyond the limit are not kept, outputs are cut at a character.
func TestHuge(t *testing.T) {
	x := open(t, filepath.Join(t.TempDir(), "history.jsonl")).NewSession()
	put(t, x, 1, strings.Repeat("x", 2<<20))
	put(t, x, 2, "small", strings.Repeat("é", maxOutput))
	list, err := x.Tail(-1)
	expect(t, "tail", inputs(t, list, err), "1/2 small")
	if got := *list[0].Output; len(got) > maxOutput+3 || strings.ContainsRune(got, '\uFFFD') || !strings.HasSuffix(got, "é…") {
		t.Errorf("%d bytes, ending in %q", len(got), got[len(got)-6:])
	}
}

// TestClosed: a store that is closed answers at once, with an error, and takes what comes without one.
func TestClosed(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "history.jsonl"), Options{Patience: patience})
	x := s.NewSession()
	s.Close()
	put(t, x, 1, "late")
	if _, err := x.Tail(1); err == nil {
		t.Error("a closed store answers")
	}
}

// TestPath: JOULE_HISTORY names the file or switches it off; without it the file is in the folder for state.
func TestPath(t *testing.T) {
	for _, c := range []struct{ history, state, home, want string }{
		{"off", "/state", "/home/x", ""},
		{"/some/file", "/state", "/home/x", "/some/file"},
		{"", "/state", "/home/x", "/state/joule/history.jsonl"},
		{"", "relative", "/home/x", "/home/x/.local/state/joule/history.jsonl"},
		{"", "", "/home/x", "/home/x/.local/state/joule/history.jsonl"},
		{"", "", "", ""},
	} {
		t.Setenv("JOULE_HISTORY", c.history)
		t.Setenv("XDG_STATE_HOME", c.state)
		t.Setenv("HOME", c.home)
		if got := Path(); got != c.want && onLinux {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// FuzzFile: whatever the file holds, a new cell is kept and found last, and every entry is one that a line can mean.
func FuzzFile(f *testing.F) {
	f.Add([]byte(`{"s":7,"n":1,"t":1,"i":"x"}` + "\n" + `{"s":8,"t":1}`))
	f.Add([]byte("\x00\n{\"s\":1e99}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "history.jsonl")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s := Open(path, Options{MaxBytes: 1 << 10, Patience: patience})
		defer s.Close()
		x := s.NewSession()
		put(t, x, 5, "needle")
		list, err := x.Tail(1)
		if err != nil || len(list) != 1 || list[0].Input != "needle" || list[0].Line != 5 || list[0].Session < 1 {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := x.Search("*", -1, true); err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkAppend is what a cell waits for.
func BenchmarkAppend(b *testing.B) {
	x := open(b, filepath.Join(b.TempDir(), "history.jsonl")).NewSession()
	for i := range b.N {
		x.Append(i, "x := 1", nil)
	}
}

// BenchmarkTail asks a file of the largest size.
func BenchmarkTail(b *testing.B) {
	x := open(b, filepath.Join(b.TempDir(), "history.jsonl")).NewSession()
	for i := range 50_000 {
		for x.Append(i, strings.Repeat("x", 200), nil) != nil {
			time.Sleep(time.Millisecond)
		}
	}
	for b.Loop() {
		if list, err := x.Tail(1000); err != nil || len(list) != 1000 {
			b.Fatal(len(list), err)
		}
	}
}
