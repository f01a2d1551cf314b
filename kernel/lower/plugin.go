package lower

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"joule/kernel/session"
)

// tables are what the plugin's main package shows to the worker.
type tables struct {
	slots   map[string]string // ID → &package.V_…: to be pointed at the slot
	methods map[string]string // ID → &package.V_…: is the slot
	funcs   map[string]string // ID → function that the slot holds from now on
	types   []string          // lines of the type table
	itabs   []string          // variables to be kept: see itabs.go
	imports map[string]string // alias → path
}

func (l *lowering) table(m *map[string]string, key, value string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[key] = value
}

func (t *tables) alias(path string) string {
	for a, p := range t.imports {
		if p == path {
			return a
		}
	}
	if t.imports == nil {
		t.imports = map[string]string{}
	}
	a := fmt.Sprintf("p%d", len(t.imports))
	t.imports[a] = path
	return a
}

// typeTable lists for the interpreter what it may use of the package of types: its types and accessors, by their exported
// names. Generic ones it cannot use.
func (l *lowering) typeTable(decls []ast.Decl) {
	alias := l.tables.alias(l.path)
	add := func(name, value string) {
		l.tables.types = append(l.tables.types, fmt.Sprintf("%q: reflect.ValueOf(%s),", name, value))
	}
	for _, t := range l.c.Types {
		if !t.Object.Generic() && !isConstraint(t.Object.Obj.Type()) {
			name := exportedName(t.Object.Name)
			add(name, fmt.Sprintf("(*%s.%s)(nil)", alias, name))
		}
	}
	for _, o := range l.c.Unnamed {
		if o.Generic() {
			continue
		}
		add(o.Name, fmt.Sprintf("(*%s.%s)(nil)", alias, o.Name))
	}
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Type.TypeParams == nil && token.IsExported(d.Name.Name) {
				add(d.Name.Name, alias+"."+d.Name.Name)
			}
		case *ast.GenDecl:
			if v, ok := d.Specs[0].(*ast.ValueSpec); ok && d.Tok == token.VAR {
				id := strings.TrimPrefix(v.Names[0].Name, "V_")
				l.table(&l.tables.methods, id, "&"+alias+"."+v.Names[0].Name)
			}
		}
	}
}

// isConstraint tells an interface that no variable can have.
func isConstraint(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && !i.IsMethodSet()
}

// finish gives the compiled package its path, which tells its content, and writes the plugin's main package.
func (l *lowering) finish() {
	if l.src == "" {
		return
	}
	main := l.main()
	sum := sha256.Sum256([]byte(l.src + "\x00" + main))
	l.p.Hash = hex.EncodeToString(sum[:10])
	final := func(s string) string { return strings.ReplaceAll(s, placeholder, "joule.session/"+l.p.Hash+"/") }
	l.p.Packages = []Package{{Path: final(l.path), Source: final(l.src)}}
	l.p.Main = final(main)
	l.p.Alloc, l.p.Source = final(l.p.Alloc), final(l.p.Source)
	for _, t := range l.c.Types {
		t.Object.Home = final(t.Object.Home)
	}
	for _, o := range l.c.Unnamed {
		o.Home = final(o.Home)
	}
	for _, u := range l.generic {
		u.Object.Home = final(u.Object.Home)
	}
}

func (l *lowering) main() string {
	t := &l.tables
	entry := "nil, nil"
	if l.p.EntryCompiled {
		alias := t.alias(l.path)
		entry = alias + "." + entryName + ", &" + alias + "." + atName
	}
	var b strings.Builder
	write := func(name string, m map[string]string) {
		fmt.Fprintf(&b, "\nvar %s = map[string]any{\n", name)
		for _, k := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(&b, "\t%q: %s,\n", k, m[k])
		}
		b.WriteString("}\n")
	}
	write("Slots", t.slots)
	write("Methods", t.methods)
	write("Funcs", t.funcs)
	fmt.Fprintf(&b, "\nvar Home = %q\n\nvar Types = map[string]reflect.Value{\n", l.home())
	for _, line := range t.types {
		b.WriteString("\t" + line + "\n")
	}
	b.WriteString("}\n")
	for i, v := range t.itabs {
		fmt.Fprintf(&b, "\nvar Itabs%d = &%s\n", i, v)
	}
	fmt.Fprintf(&b, "\nfunc Entry() (func(), *int) { return %s }\n\nfunc main() {}\n", entry)
	head := "package main\n\nimport \"reflect\"\n"
	for _, a := range slices.Sorted(maps.Keys(t.imports)) {
		name := a
		if !strings.Contains(b.String(), a+".") {
			name = "_"
		}
		head += fmt.Sprintf("import %s %q\n", name, t.imports[a])
	}
	return head + b.String()
}

func (l *lowering) home() string {
	if !l.declares() {
		return ""
	}
	return l.path
}

// Symbol is the name under which a type table has a type of the session.
func Symbol(o *session.Object) string { return exportedName(o.Name) }
