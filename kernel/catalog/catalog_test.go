package catalog

import (
	"errors"
	"go/types"
	"path/filepath"
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
