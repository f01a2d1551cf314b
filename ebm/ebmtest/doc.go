// Package ebmtest checks energies and samplers, those of the library as well as those that other people write.
//
//	if err := ebmtest.CheckEnergy(Ring{Radius: 2, Width: 0.25}, 2); err != nil { t.Error(err) }
//	if err := ebmtest.CheckSampler(MySampler{}, ebmtest.Target{}); err != nil { t.Error(err) }
//
// A check returns nil or all that it found, joined to one error; like testing/fstest it does not need a *testing.T, so a
// notebook can call it too. The checks of samplers are statistical, but their random numbers are seeded: a check that passes
// goes on passing. Their limits are such that a right sampler fails for one seed in a few hundred.
package ebmtest
