package data

import "fmt"

// BarsAndStripes returns all patterns of side × side bits in which every row, or every column, is of one value: 2·2^side − 2 of
// them, each once (MacKay, "Information theory, inference, and learning algorithms", 2003, figure 43.2). The likelihood of a
// model of them is at most −log(2·2^side − 2) on average: −3.401 for a side of 4.
func BarsAndStripes(side int) [][]float64 {
	if side < 1 || side > 16 {
		panic(fmt.Errorf("data: BarsAndStripes: a side of %d", side))
	}
	var rows [][]float64
	last := 1<<side - 1
	for bits := range last + 1 {
		bars := make([]float64, side*side)
		stripes := make([]float64, side*side)
		for i := range side * side {
			bars[i] = float64(bits >> (i / side) & 1)
			stripes[i] = float64(bits >> (i % side) & 1)
		}
		rows = append(rows, bars)
		if bits != 0 && bits != last { // the empty and the full pattern are both
			rows = append(rows, stripes)
		}
	}
	return rows
}
