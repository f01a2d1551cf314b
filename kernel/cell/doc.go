// Package cell is the record of the cell that the calling goroutine works for: where its output goes, its context, and the flag
// that stops it.
//
// A record belongs to a goroutine and is inherited by the goroutines it starts, so the output of a goroutine that outlives its
// cell still goes to that cell, and an interrupt ends that cell's goroutines and nobody else's.
package cell
