// Package train fits energies to data.
//
//	hist := train.Fit(ctx, net, points, train.Config{Loss: loss.DSM{Sigma: 0.1}, Opt: optim.Adam{LR: 2e-3}, Steps: 3000})
//
// Fit is the loop: a batch of the data, the gradient of the loss, a step of the optimiser. Training of energies can run away,
// because what pushes the energy up depends on the energy itself; so the loop is guarded (guard.go): when the loss is no number or
// leaves its range by far, Fit goes back to where things were well, halves the rate, and says so in the History.
//
// The map: fit.go the loop, batches.go the order of the data, guard.go, history.go what Fit returns and what a Watch shows.
package train
