// Package notebooks holds the tutorials: numbered notebooks that teach energy-based learning from the first idea on.
//
// Each runs from top to bottom in under a minute, shows pictures where a person would rather look, invites to change a value and run
// again, and ends in a cell that fails when the result is wrong. They are kept without outputs; `joule run` and the tests of this
// package run them as they are.
//
//	01_first_energy.ipynb      what an energy is: write one, look at it, walk down it, sample it
//	02_train_an_energy.ipynb   learn one from examples, sample it, measure it; predict by minimising; bits
package notebooks
