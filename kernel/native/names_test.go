package native

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const hash = "joule.session/0123456789abcdef0123/"

func name(flags byte, text string) []byte {
	if len(text) < 0x80 {
		return append([]byte{flags, byte(len(text))}, text...)
	}
	return append([]byte{flags, byte(len(text)) | 0x80, byte(len(text) >> 7)}, text...)
}

func TestTypeNames(t *testing.T) {
	long := "map[main__of__cells.A]struct { Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa int; B main__of__cells.B }"
	for _, c := range []struct{ why, in, want string }{
		{"a type", "*main__of__cells.User", "*main.User"},
		{"a type argument has its whole path", "main__of__cells.Pair[int," + hash + "cell12.User]", "main.Pair[int,main.User]"},
		{"the path of the package", hash + "cell3", "main"},
		{"the path of a package without types", hash + "code", "main"},
		{"a length of two bytes becomes one of one byte", long, "map[main.A]struct { Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa int; B main.B }"},
		{"another package", "*bytes.Buffer", "*bytes.Buffer"},
		{"the tables of the plugin stay", hash + "main", hash + "main"},
	} {
		for _, flags := range []byte{0, 1} {
			before := append([]byte("\x00\x00abc\x00"), name(flags, "before")...)
			data := append(bytes.Clone(before), name(flags, c.in)...)
			next := len(data)
			data = append(data, name(1, "next")...)
			typeNames(data)
			if got := data[len(before):]; !bytes.HasPrefix(got, name(flags, c.want)) {
				t.Errorf("%s: %q becomes %q", c.why, c.in, got)
			}
			if !bytes.Equal(data[:len(before)], before) || !bytes.Equal(data[next:], name(1, "next")) {
				t.Errorf("%s: something around it changed: %q", c.why, data)
			}
		}
	}
}

func TestFuncNames(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{hash + "code.Fn0_fib", "main.fib"},
		{hash + "cell7.Fn12_main.func1", "main.main.func1"},
		{hash + "cell7.Fm1_User__String", "main.User.String"},
		{hash + "cell7.Fp1_User__Grow", "main.(*User).Grow"},
		{hash + "cell7.(*User).Grow", "main.(*User).Grow"},
		{hash + "cell7.Map[...]", "main.Map[...]"},
		{hash + "main.Entry", hash + "main.Entry"},
		{"runtime.main", "runtime.main"},
	} {
		data := []byte("x\x00" + c.in + "\x00next\x00")
		funcNames(data)
		if !bytes.HasPrefix(data[2:], append([]byte(c.want), 0)) || !bytes.HasSuffix(data, []byte("\x00next\x00")) {
			t.Errorf("%q becomes %q", c.in, data)
		}
	}
}

func FuzzTypeNames(f *testing.F) {
	f.Add([]byte("\x01\x19*main__of__cells.User"))
	f.Add([]byte("\x00\x85\x01main__of__cells."))
	f.Fuzz(func(t *testing.T, data []byte) {
		n := len(data)
		typeNames(data)
		funcNames(data)
		if len(data) != n {
			t.Error("the length changed")
		}
	})
}

// TestNamedSections looks at files of both formats that the go command makes: in each the names of this program's own types and
// functions are where they are looked for.
func TestNamedSections(t *testing.T) {
	dir := t.TempDir()
	source := "package main\n\nimport \"fmt\"\n\ntype VeryOwnType struct{ X int }\n\n//go:noinline\nfunc veryOwnFunction() { fmt.Printf(\"%T\", VeryOwnType{}) }\n\nfunc main() { veryOwnFunction() }\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, system := range []string{"linux", "darwin"} {
		file := filepath.Join(dir, system)
		cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", file, "main.go")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOOS="+system, "GOARCH=arm64", "CGO_ENABLED=0", "GOWORK=off", "GO111MODULE=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		found := map[string]bool{}
		for _, s := range namedSections(f) {
			data := make([]byte, s.size)
			if _, err := f.ReadAt(data, s.offset); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"main.VeryOwnType", "main.veryOwnFunction"} {
				if bytes.Contains(data, []byte(name)) {
					found[name] = true
				}
			}
		}
		if len(found) != 2 {
			t.Errorf("%s: found %v", system, found)
		}
	}
}
