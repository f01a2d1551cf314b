package wire

import "unicode/utf8"

// ByteOffset converts an offset in code points, as the protocol counts cursors, to an offset in bytes of code. Offsets
// outside of code are moved to its ends.
func ByteOffset(code string, points int) int {
	for i := range code {
		if points <= 0 {
			return i
		}
		points--
	}
	return len(code)
}

// CodePoints converts an offset in bytes of code to one in code points. Offsets outside of code are moved to its ends.
func CodePoints(code string, bytes int) int {
	return utf8.RuneCountInString(code[:min(max(bytes, 0), len(code))])
}
