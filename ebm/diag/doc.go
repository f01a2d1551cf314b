// Package diag says how far samples can be trusted: effective sample size, R-hat, and a summary of both.
//
// The definitions are those of Vehtari, Gelman, Simpson, Carpenter and Bürkner, "Rank-normalization, folding, and localization:
// an improved R̂ for assessing convergence of MCMC" (Bayesian Analysis 16, 2021), which Stan and ArviZ follow. Chains are split
// in halves, so that a single chain that drifts disagrees with itself.
//
//	draws.go    Draws: the samples of several chains
//	ess.go      ESS, BulkESS: how many independent samples the draws are worth for the mean
//	rhat.go     RHat, RankRHat: disagreement between chains, 1 when there is none
//	rank.go     ranks as normal scores, so that heavy tails do not hide trouble
//	mmd.go      MMD: how far two sets of points are apart as distributions
//	summary.go  Summary: the table that a notebook shows
package diag
