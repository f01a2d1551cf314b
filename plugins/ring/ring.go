// Package ring is a circular valley, the first energy that one draws.
package ring

import (
	"joule/ebm"
	"joule/plugins"
)

// Ring is a circular valley of radius Radius and width Width, a sphere in higher dimensions: E(x) = (‖x‖ − Radius)² / (2
// Width²). Width is the standard deviation of the distance from the valley's floor.
type Ring struct{ Radius, Width float64 }

// Energy returns the energy of a point of any dimension.
func (r Ring) Energy(x ebm.Tensor) ebm.Tensor {
	return x.Norm().Sub(r.Radius).Square().Div(2 * r.Width * r.Width)
}

// Default is the ring without parameters.
var Default = Ring{Radius: 2, Width: 0.25}

func init() { plugins.Register("ring", Default) }
