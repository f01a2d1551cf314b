package session

import (
	"fmt"
	"go/doc/comment"
	"slices"
	"strings"
)

// A Description is what a front end shows of a name.
type Description struct {
	Decl    string   // the declaration, as Go
	Doc     string   // the comment above it, in the form of Go doc comments
	Methods []string // of a type
	Notes   []string // why it cannot be used any more
	Cell    int      // the cell that declared it; 0 for what no cell did
	Source  string   // all of the declaration; "" where it is not known or was not asked for
	Bodies  []string // with it, of a type: all of its methods' declarations

	path string // the package whose comment it is, for its links
}

// Text is the description for a terminal.
func (d Description) Text() string {
	parts := []string{d.code()}
	if text := (&comment.Printer{TextWidth: textWidth}).Text(d.parsed()); len(text) > 0 {
		parts = append(parts, strings.TrimRight(string(text), "\n"))
	}
	parts = append(parts, d.Notes...)
	if d.Cell > 0 {
		parts = append(parts, fmt.Sprintf("Declared in cell %d.", d.Cell))
	}
	return strings.Join(parts, "\n\n")
}

const textWidth = 80

// Markdown is the description for a front end that renders it.
func (d Description) Markdown() string {
	parts := []string{"```go\n" + d.code() + "\n```"}
	printer := &comment.Printer{HeadingLevel: 4, HeadingID: func(*comment.Heading) string { return "" }, DocLinkBaseURL: "https://pkg.go.dev"}
	if text := printer.Markdown(d.parsed()); len(text) > 0 {
		parts = append(parts, strings.TrimRight(string(text), "\n"))
	}
	for _, note := range d.Notes {
		parts = append(parts, "**"+note+"**")
	}
	if d.Cell > 0 {
		parts = append(parts, fmt.Sprintf("*Declared in cell %d.*", d.Cell))
	}
	return strings.Join(parts, "\n\n")
}

// code is the Go part: the source where there is one, else the declaration and the methods.
func (d Description) code() string {
	if d.Source != "" {
		return strings.Join(slices.Concat([]string{d.Source}, d.Bodies), "\n\n")
	}
	code := d.Decl
	if len(d.Methods) > 0 {
		code += "\n\n" + strings.Join(d.Methods, "\n")
	}
	return code
}

// parsed is the comment with its links to names of published packages; others become plain text.
func (d Description) parsed() *comment.Doc {
	if d.Source != "" {
		return &comment.Doc{} // it begins with the comment
	}
	p := &comment.Parser{LookupSym: func(string, string) bool { return true }}
	doc := p.Parse(d.Doc)
	var plain func(list []comment.Text)
	plain = func(list []comment.Text) {
		for i, t := range list {
			switch t := t.(type) {
			case *comment.DocLink:
				if t.ImportPath == "" {
					t.ImportPath = d.path
				}
				if !published(t.ImportPath) {
					var text strings.Builder
					for _, x := range t.Text {
						switch x := x.(type) {
						case comment.Plain:
							text.WriteString(string(x))
						case comment.Italic:
							text.WriteString(string(x))
						}
					}
					list[i] = comment.Plain(text.String())
				}
			case *comment.Link:
				plain(t.Text)
			}
		}
	}
	var blocks func(list []comment.Block)
	blocks = func(list []comment.Block) {
		for _, b := range list {
			switch b := b.(type) {
			case *comment.Heading:
				plain(b.Text)
			case *comment.Paragraph:
				plain(b.Text)
			case *comment.List:
				for _, item := range b.Items {
					blocks(item.Content)
				}
			}
		}
	}
	blocks(doc.Content)
	return doc
}

// published tells whether a package's documentation can be looked up on the web.
func published(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return path != "" && first != "joule" && first != "main"
}
