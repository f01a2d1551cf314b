package native

import (
	"bytes"
	"context"
	"debug/elf"
	"debug/macho"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"

	"joule/kernel/lower"
)

// What a cell declares belongs to package main, as it would in a program: %T prints main.T, an error of encoding/json says
// "Go value of type main.T", a stack says main.f. But the go command refuses to import a package that is called main, and
// cells import each other. So package lower calls the packages by another name, and here the names in the built plugin are put
// right: in the names of types, where reflection, fmt and the runtime read them, and in the names of functions, which the
// runtime prints. Nothing is looked up by either: types are told apart by their addresses, symbols by the dynamic symbol
// table, which stays as it is. The new names are shorter, so that all of it happens in place.
//
// Reflection also finds types without a name, []main.T, by a binary search over names. The name that package lower chose
// begins with main, so that the order does not change.

// ownNames renames the packages of cells in a plugin, an ELF or Mach-O file. What it is asked to rename in another file stays.
func ownNames(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	changed := false
	for _, s := range namedSections(f) {
		data := make([]byte, s.size)
		if _, err := f.ReadAt(data, s.offset); err != nil {
			return err
		}
		if !s.rename(data) {
			continue
		}
		if _, err := f.WriteAt(data, s.offset); err != nil {
			return err
		}
		changed = true
	}
	if err := f.Close(); err != nil {
		return err
	}
	if changed && runtime.GOOS == "darwin" { // which loads only what is signed as it is
		if out, err := exec.CommandContext(ctx, "codesign", "--force", "--sign", "-", path).CombinedOutput(); err != nil {
			return fmt.Errorf("codesign: %w: %s", err, bytes.TrimSpace(out))
		}
	}
	return nil
}

// A section is a part of a plugin that holds names.
type section struct {
	offset int64
	size   uint64
	rename func([]byte) bool
}

// namedSections finds the sections with the names of types and of functions.
func namedSections(f io.ReaderAt) (list []section) {
	if lib, err := elf.NewFile(f); err == nil {
		for _, s := range lib.Sections {
			switch {
			case s.Type == elf.SHT_NOBITS:
			case s.Name == ".data.rel.ro" || s.Name == ".rodata":
				list = append(list, section{int64(s.Offset), s.Size, typeNames})
			case s.Name == ".gopclntab" || s.Name == ".data.rel.ro.gopclntab":
				list = append(list, section{int64(s.Offset), s.Size, funcNames})
			}
		}
		return list
	}
	if lib, err := macho.NewFile(f); err == nil {
		for _, s := range lib.Sections {
			switch s.Name {
			case "__rodata":
				list = append(list, section{int64(s.Offset), s.Size, typeNames})
			case "__gopclntab":
				list = append(list, section{int64(s.Offset), s.Size, funcNames})
			}
		}
	}
	return list
}

var (
	cellPath  = `joule\.session/[0-9a-f]{20}/(?:code|cell\d+)`
	inName    = regexp.MustCompile(cellPath + `\.|` + lower.ClauseName + `\.`)
	pathAlone = regexp.MustCompile(`^` + cellPath + `$`)
	candidate = regexp.MustCompile(cellPath + `|` + lower.ClauseName + `\.`)
	inSymbol  = regexp.MustCompile(`(?:` + cellPath + `|` + lower.ClauseName + `)\.(?:Fn\d+_)?`)
	ofValue   = regexp.MustCompile(cellPath + `\.Fm\d+_(\w+?)__(\w+)`)
	ofPointer = regexp.MustCompile(cellPath + `\.Fp\d+_(\w+?)__(\w+)`)
)

// typeNames renames in the names that compiled types carry: a byte of flags, the length as a varint, the text.
func typeNames(data []byte) (changed bool) {
	for i := 0; i < len(data); {
		at := candidate.FindIndex(data[i:])
		if at == nil {
			return changed
		}
		i += at[0]
		start, head, n := nameAround(data, i)
		if start < 0 {
			i++
			continue
		}
		text := data[start+head : start+head+n]
		renamed := []byte("main")
		if !pathAlone.Match(text) {
			renamed = inName.ReplaceAll(text, []byte("main."))
		}
		if len(renamed) < n {
			writeName(data[start:start+head+n], renamed)
			changed = true
		}
		i = max(i+1, start+head+len(renamed))
	}
	return changed
}

// nameAround finds the name that the text at i is part of: where it starts, how long its head is, and its text. A name has no
// control characters, its flags are one.
func nameAround(data []byte, i int) (start, head, n int) {
	const longest = 1 << 14 // a varint of two bytes
	for s := i - 2; s >= 0 && i-s < longest; s-- {
		if data[s] > 1 { // exported or not: no name of a type has a tag
			continue
		}
		if s > 1 && data[s-1] >= 0x80 && data[s-2] <= 1 { // the second byte of a length
			s -= 2
		}
		head, n = 2, int(data[s+1])
		if n >= 0x80 {
			head, n = 3, n&0x7f|int(data[s+2])<<7
		}
		if from := s + head; from <= i && i < from+n && from+n <= len(data) && !bytes.ContainsFunc(data[from:from+n], isControl) {
			return s, head, n
		}
		if s+head <= i { // text lies between: nothing before it can be the start
			return -1, 0, 0
		}
	}
	return -1, 0, 0
}

func isControl(r rune) bool { return r < ' ' }

// writeName writes a shorter name over an old one: its flags, its length and its text. What remains is never read.
func writeName(old, text []byte) {
	clear(old[1:])
	if len(text) < 0x80 {
		old[1] = byte(len(text))
		copy(old[2:], text)
		return
	}
	old[1], old[2] = byte(len(text))|0x80, byte(len(text)>>7)
	copy(old[3:], text)
}

// funcNames renames in the table of function names, which end in a zero byte.
func funcNames(data []byte) (changed bool) {
	for i := 0; i < len(data); {
		at := inSymbol.FindIndex(data[i:])
		if at == nil {
			return changed
		}
		start := i + at[0]
		n := bytes.IndexByte(data[start:], 0)
		if n < 0 {
			return changed
		}
		old := data[start : start+n]
		renamed := ofValue.ReplaceAll(old, []byte("main.$1.$2"))
		renamed = ofPointer.ReplaceAll(renamed, []byte("main.(*$1).$2"))
		renamed = inSymbol.ReplaceAll(renamed, []byte("main."))
		if len(renamed) < n {
			clear(old)
			copy(old, renamed)
			changed = true
		}
		i = start + n
	}
	return changed
}
