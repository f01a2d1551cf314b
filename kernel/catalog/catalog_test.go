package catalog

import (
	"errors"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteAndImport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "catalog")
	if err := Write(dir, ".", nil, "std"); err != nil {
		t.Fatal(err)
	}
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ path, name, want string }{
		{"net/http", "Handler", "type net/http.Handler interface{ServeHTTP(net/http.ResponseWriter, *net/http.Request)}"},
		{"slices", "Sort", "func slices.Sort[S ~[]E, E cmp.Ordered](x S)"},
		{"iter", "Seq", "type iter.Seq[V any] func(yield func(V) bool)"},
		{"math", "Pi", "const math.Pi untyped float"},
	} {
		p, err := c.Import(x.path)
		if err != nil {
			t.Fatal(err)
		}
		got := types.ObjectString(p.Scope().Lookup(x.name), nil)
		if len(got) > len(x.want) && x.name != "Handler" {
			got = got[:len(x.want)]
		}
		if got != x.want {
			t.Errorf("%s.%s = %s, want %s", x.path, x.name, got, x.want)
		}
	}
	h, _ := c.Import("net/http")
	s, _ := c.Import("io")
	want := s.Scope().Lookup("Reader").Type()
	if got := h.Scope().Lookup("Request").Type().Underlying().(*types.Struct); !types.AssignableTo(field(got, "Body"), want) {
		t.Error("io.Reader of net/http is not that of io: the packages do not share their types")
	}
	if _, err := c.Import("no/such"); !errors.Is(err, ErrUnknown) {
		t.Errorf("no/such: %v", err)
	}
	if c.Has("internal/abi") || !c.Has("fmt") {
		t.Error("Has: internal packages are left out, fmt is in")
	}
	if got := c.Named("rand"); len(got) != 3 || got[0] != "math/rand" {
		t.Errorf("Named(rand) = %v", got)
	}
}

// TestDoc reads documentation of every form that a declaration has.
func TestDoc(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "catalog")
	if err := Write(dir, ".", nil, "math", "net/http", "strings", "io", builtin); err != nil {
		t.Fatal(err)
	}
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ path, name, decl, text string }{
		{"strings", "Split", "func Split(s, sep string) []string", "Split slices s into all substrings"},
		{"strings", "Builder.Len", "func (b *Builder) Len() int", "Len returns the number of accumulated bytes"},
		{"strings", "NewReader", "func NewReader(s string) *Reader", "NewReader returns"}, // listed with the type that it makes
		{"strings", "Builder", "type Builder struct {\n\t// contains filtered or unexported fields\n}", "A Builder is used"},
		{"strings", "", "", "Package strings implements simple functions"},
		{"io", "EOF", "", "EOF is the error returned by Read"},
		{"math", "MaxInt8", "", "127"}, // behind it on its line
		{"net/http", "StatusNotFound", "", "RFC 9110"},
		{"builtin", "append", "func append(slice []Type, elems ...Type) []Type", "The append built-in function"},
		{"strings", "nosuch", "", ""},
		{"no/such", "", "", ""},
	} {
		d := c.Doc(x.path, x.name)
		if d.Decl != x.decl || !strings.HasPrefix(d.Text, x.text) {
			t.Errorf("%s.%s is %q, %q", x.path, x.name, d.Decl, d.Text)
		}
	}
	if err := os.Remove(docFile(dir, "io")); err != nil {
		t.Fatal(err)
	}
	if c, err = Open(dir); err != nil || c.Doc("io", "EOF") != (Doc{}) {
		t.Error("a package without documentation has none, and nothing fails")
	}
}

func field(s *types.Struct, name string) types.Type {
	for i := range s.NumFields() {
		if s.Field(i).Name() == name {
			return s.Field(i).Type()
		}
	}
	return nil
}

func TestOpenSaysWhatIsMissing(t *testing.T) {
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("an empty folder opened as a catalog")
	}
}
