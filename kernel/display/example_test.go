package display_test

import (
	"errors"
	"fmt"

	"joule/kernel/display"
)

func ExampleOf() {
	type point struct{ X, Y float64 }
	fmt.Println(display.Of("a\tb", "string"))
	fmt.Println(display.Of(&point{1, 0.5}, "*point"))
	fmt.Println(display.Of(map[string][]int{"b": nil, "a": {1, 2}}, ""))
	fmt.Println(display.OfAll([]any{0, errors.New("no such file")}))
	fmt.Println(display.Table([]point{{1, 2}, {10, 1.0 / 3}}))
	// Output:
	// "a\tb"
	// &{X:1 Y:0.5}
	// map["a":[1 2] "b":[]]
	// 0 no such file
	//  X         Y
	//  1         2
	// 10  0.333333
}
