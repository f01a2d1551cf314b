// Package plugins is the registry of what people add to the library: energies, samplers, and whatever else a notebook uses by
// name.
//
// A plugin is a Go package with one struct. Its exported fields are the parameters, the registered value holds their defaults,
// and its methods say what kind of plugin it is:
//
//	// Ring is a circular valley of radius Radius and width Width.
//	type Ring struct{ Radius, Width float64 }
//
//	func (r Ring) Energy(x ebm.Tensor) ebm.Tensor { return x.Norm().Sub(r.Radius).Square().Div(2 * r.Width * r.Width) }
//
//	func init() { plugins.Register("ring", Ring{Radius: 2, Width: 0.25}) }
//
// Anywhere else:
//
//	viz.Landscape(plugins.Energy("ring", plugins.Params{"Radius": 3}))
//
// The registry follows database/sql: Register is for init functions and panics on misuse, Add returns an error, lists are
// sorted. What comes out of it is a value of the plugin's own type with the given parameters; so a plugin that has Dim() int
// keeps it, and one that has not gets its dimension from its use.
//
//	registry.go   names and values
//	params.go     parameters: from a map, by reflection, with clear errors
//	kinds.go      Energy, Sampler: plugins by kind
//	suggest.go    did you mean …?
package plugins
