package display

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Bounds on what one value may write. A person reads the head of a large value; a program reads the value itself.
const (
	maxText         = 16 << 10 // bytes of Go syntax for one value
	maxOwnText      = 64 << 10 // bytes of what a String, Error or Format method returns
	maxNestedString = 1 << 10  // bytes of a string inside another value
	maxItems        = 200      // elements of one slice, array or map
	maxDepth        = 16       // levels of nesting
)

// quote is strconv.Quote of the first max bytes, with a note when there are more.
func quote(s string, max int) string {
	if head, was := cut(s, max); was {
		return strconv.Quote(head) + fmt.Sprintf("… (%d bytes in all)", len(s))
	}
	return strconv.Quote(s)
}

// noteCut bounds s and says so.
func noteCut(s string, max int) string {
	if head, was := cut(s, max); was {
		return head + fmt.Sprintf("… (%d bytes in all)", len(s))
	}
	return s
}

// cut shortens s to at most max bytes without splitting a rune.
func cut(s string, max int) (string, bool) {
	if len(s) <= max {
		return s, false
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max], true
}
