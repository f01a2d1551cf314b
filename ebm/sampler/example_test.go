package sampler_test

import (
	"context"
	"fmt"

	"joule/ebm"
	"joule/ebm/sampler"
)

func ExampleSample() {
	ctx := context.Background()
	normal := ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Sub(5).Square().Div(2) })
	run := sampler.Sample(ctx, normal, sampler.MALA{Step: 0.5}, sampler.Schedule{Chains: 100, Draws: 1000, Seed: 1})
	row := run.Summary().Rows[0]
	fmt.Printf("mean %.1f, standard deviation %.1f\n", row.Mean, row.SD)
	// Output: mean 5.0, standard deviation 1.0
}
