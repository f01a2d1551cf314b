package viz_test

import (
	"fmt"
	"strings"

	"joule/ebm"
	"joule/ebm/viz"
)

func ExampleLandscape() {
	ring := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Norm().Sub(2).Square().Div(0.125) })
	figure := viz.Landscape(ring).Box(-3, 3, -3, 3).Title("ring").Points([][]float64{{2, 0}, {0, -2}})
	fmt.Println(figure, strings.HasPrefix(figure.SVG(), "<?xml"))
	// Output: viz.Figure("ring") true
}
