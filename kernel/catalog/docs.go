package catalog

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Doc is what the source of a package says of one exported name.
type Doc struct {
	// Decl is the declaration of a type, function or method as the source has it, without bodies and without unexported
	// fields, each field with its comment. It is empty for constants and variables, which their types tell.
	Decl string `json:",omitempty"`
	// Text is the comment, in the form that go/doc/comment reads.
	Text string `json:",omitempty"`
}

// Doc returns what is written about a name of a package: "Name", "Type.Method", "" for the package itself. The documentation of
// predeclared names is that of package builtin. A name without documentation has the zero Doc.
func (c *Catalog) Doc(path, name string) Doc {
	c.mu.Lock()
	defer c.mu.Unlock()
	docs, read := c.docs[path]
	if !read {
		dir, ok := c.dirs[path]
		if path == builtin {
			dir, ok = c.builtin, true
		}
		if !ok {
			return Doc{}
		}
		docs = readDocs(docFile(dir, path))
		c.docs[path] = docs
	}
	return docs[name]
}

const builtin = "builtin"

func docFile(dir, path string) string {
	return filepath.Join(dir, filepath.FromSlash(path)+".doc")
}

// readDocs reads the documentation of one package. Where there is none a front end shows less, and nothing fails.
func readDocs(name string) map[string]Doc {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil
	}
	var docs map[string]Doc
	if json.NewDecoder(z).Decode(&docs) != nil {
		return nil
	}
	return docs
}

// writeDocs extracts the documentation of a package from its source.
func writeDocs(to string, p listed) error {
	docs, err := extract(p)
	if err != nil || len(docs) == 0 {
		return err
	}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err := errors.Join(json.NewEncoder(z).Encode(docs), z.Close(), os.MkdirAll(filepath.Dir(to), 0o755)); err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	return os.WriteFile(to, out.Bytes(), 0o644)
}

// extract reads what the sources of a package say of its exported names.
func extract(p listed) (map[string]Doc, error) {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range append(p.GoFiles, p.CgoFiles...) {
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the types are known without
		}
		if err != nil {
			return nil, fmt.Errorf("catalog: package %s: %w", p.ImportPath, err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				fn.Body = nil
			}
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, nil
	}
	mode := doc.Mode(0)
	if p.ImportPath == builtin {
		mode = doc.AllDecls
	}
	pkg, err := doc.NewFromFiles(fset, files, p.ImportPath, mode)
	if err != nil {
		return nil, fmt.Errorf("catalog: package %s: %w", p.ImportPath, err)
	}
	docs := map[string]Doc{"": {Text: pkg.Doc}}
	put := func(name string, d Doc) {
		if d != (Doc{}) {
			docs[name] = d
		}
	}
	values := func(list []*doc.Value) {
		for _, v := range list {
			for _, sp := range v.Decl.Specs {
				sp := sp.(*ast.ValueSpec)
				text := sp.Doc.Text()
				if text == "" {
					text = sp.Comment.Text()
				}
				if text == "" {
					text = v.Doc
				}
				for _, id := range sp.Names {
					put(id.Name, Doc{Text: text})
				}
			}
		}
	}
	funcs := func(list []*doc.Func, of string) {
		for _, f := range list {
			put(of+f.Name, Doc{Decl: printed(fset, f.Decl), Text: f.Doc})
		}
	}
	values(pkg.Consts)
	values(pkg.Vars)
	funcs(pkg.Funcs, "")
	for _, t := range pkg.Types {
		put(t.Name, Doc{Decl: printed(fset, t.Decl), Text: t.Doc})
		values(t.Consts)
		values(t.Vars)
		funcs(t.Funcs, "")
		funcs(t.Methods, t.Name+".")
	}
	return docs, nil
}

// printed is a declaration as gofmt would have it, without the comment above it.
func printed(fset *token.FileSet, d ast.Decl) string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		d.Doc = nil
	case *ast.GenDecl:
		d.Doc = nil
		for _, sp := range d.Specs {
			if t, ok := sp.(*ast.TypeSpec); ok {
				t.Doc = nil
			}
		}
		if len(d.Specs) == 1 {
			d.Lparen = token.NoPos // of a group of one
		}
	}
	var b strings.Builder
	if (&printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}).Fprint(&b, fset, d) != nil {
		return ""
	}
	return b.String()
}
