// Package nn holds networks as energies.
//
//	net := nn.MLP{In: 2, Hidden: []int{128, 128}, Act: "silu", Seed: 1}.New()
//
// A network is a struct that says its form. New makes a model of it, with parameters of its own. Energy and Apply build it
// inside of an energy of yours, under names that begin with Name:
//
//	net := ebm.DefineModelXY(2, 1, 1, func(p *ebm.Params, x, y ebm.Tensor) ebm.Tensor {
//		return nn.MLP{Name: "G", Hidden: []int{20}, Out: 1}.Apply(p, x).Sub(y).Square()
//	})
//
// The map: mlp.go, conv.go, activation.go. To add a network: a file with a struct that has these methods.
package nn
