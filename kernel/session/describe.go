package session

import (
	"go/types"
	"unicode"
	"unicode/utf8"
)

// Describe says what the name at the cursor is.
func (s *Session) Describe(code string, cursor int) (string, bool) {
	cursor = min(max(cursor, 0), len(code))
	start, end := wordStart(code, cursor), cursor
	for end < len(code) {
		r, n := utf8.DecodeRuneInString(code[end:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		end += n
	}
	name := code[start:end]
	if name == "" {
		return "", false
	}
	if start > 0 && code[start-1] == '.' {
		for _, m := range s.members(code, start-1) {
			if m.Text == name {
				return m.Kind + " " + m.Text + " " + m.Type, true
			}
		}
		return "", false
	}
	if o := s.objects[name]; o != nil {
		text := types.ObjectString(o.Obj, short)
		if o.Stale != "" {
			text += "\n" + o.Stale
		}
		return text, true
	}
	if path := s.packagePath(name); path != "" {
		return "package " + name + " // import \"" + path + "\"", true
	}
	if obj := types.Universe.Lookup(name); obj != nil {
		return types.ObjectString(obj, short), true
	}
	return "", false
}
