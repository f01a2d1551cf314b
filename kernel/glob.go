package kernel

import "unicode/utf8"

// Glob says whether all of s matches pattern, in which * stands for any text, ? for one character and [a-z] or [^a-z] for
// one of a set: the GLOB of SQLite, by which Python notebooks search their history. A [ that is not closed stands for
// itself. The time is at most proportional to the product of the lengths.
func Glob(pattern, s string) bool {
	// star and resume are where to go on when the text after the last * does not match: the * takes one character more.
	star, resume := -1, 0
	i, j := 0, 0
	for j < len(s) {
		if i < len(pattern) && pattern[i] == '*' {
			star, resume = i+1, j
			i++
			continue
		}
		if n, size, ok := one(pattern[i:], s[j:]); ok {
			i, j = i+n, j+size
			continue
		}
		if star < 0 {
			return false
		}
		_, size := utf8.DecodeRuneInString(s[resume:])
		resume += size
		i, j = star, resume
	}
	for i < len(pattern) && pattern[i] == '*' {
		i++
	}
	return i == len(pattern)
}

// one matches the first element of pattern, of n bytes, with the first character of s, of size bytes.
func one(pattern, s string) (n, size int, ok bool) {
	if pattern == "" {
		return 0, 0, false
	}
	r, size := utf8.DecodeRuneInString(s)
	switch pattern[0] {
	case '?':
		return 1, size, true
	case '[':
		if n, ok, closed := set(pattern, r); closed {
			return n, size, ok
		}
	}
	p, n := utf8.DecodeRuneInString(pattern)
	return n, size, p == r
}

// set matches r with the set at the start of pattern, of n bytes.
func set(pattern string, r rune) (n int, ok, closed bool) {
	i := 1
	negated := i < len(pattern) && pattern[i] == '^'
	if negated {
		i++
	}
	for first := true; i < len(pattern); first = false {
		if pattern[i] == ']' && !first {
			return i + 1, ok != negated, true
		}
		low, size := utf8.DecodeRuneInString(pattern[i:])
		i += size
		high := low
		if i+1 < len(pattern) && pattern[i] == '-' && pattern[i+1] != ']' {
			high, size = utf8.DecodeRuneInString(pattern[i+1:])
			i += 1 + size
		}
		ok = ok || low <= r && r <= high
	}
	return 0, false, false
}
