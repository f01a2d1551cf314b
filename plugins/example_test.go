package plugins_test

import (
	"fmt"

	"joule/ebm"
	"joule/plugins"
)

func ExampleEnergy() {
	ring := ebm.New(2, plugins.Energy("ring", plugins.Params{"Radius": 3}))
	fmt.Println(ring.At(3, 0), ring.At(2, 0))
	// Output: 0 8
}

func ExampleDescribe() {
	params, _ := plugins.Describe("ring")
	for _, p := range params {
		fmt.Println(p.Name, p.Type, p.Default)
	}
	// Output:
	// Radius float64 2
	// Width float64 0.25
}
