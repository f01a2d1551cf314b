// Package data generates data sets to learn from: offline, and the same for the same seed on every machine with the same
// arithmetic.
//
// A data set is one row per sample. Rows share one block of memory, are independent of each other and in random order, so any
// part of a data set is one too.
package data
