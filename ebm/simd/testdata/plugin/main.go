// Command plugin is built by a test: a plugin that imports the library, as those of cells do.
package main

import "joule/ebm"

// Energy is what a plugin would offer.
var Energy = ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Square().Sum() })

func main() {}
