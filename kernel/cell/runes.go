package cell

// Runes returns the runes of a string and where each begins, as range has them.
func Runes(s string) (runes []rune, at []int) {
	for i, r := range s {
		runes, at = append(runes, r), append(at, i)
	}
	return runes, at
}
