// Package cells is for testing engines by what their cells show: scripts in text files, the transcript of a cell, and the one
// program that the cells of a script are when they are put together, which the compiler runs for comparison.
//
//	Parse      a file of scripts: cells, each with what it should show
//	Show       runs a cell on an engine and writes down everything that a person would see
//	Program    the cells of a script as one Go program
//
// A file is a list of scripts:
//
//	=== closures: a counter keeps its variable
//	n := 0
//	next := func() int { n++; return n }
//	---
//	+++
//	next(); next()
//	---
//	= 2
//
// A line of === begins a script with its name and why it is there, --- ends the source of a cell and begins what it shows, and
// +++ begins the next cell. In what is shown, text is as it was written, in order on both streams; a value follows "= ", and an
// error follows "! " with its name and message, then the positions of its traceback with "@ ". A line that ends in "…" stands for
// any line that begins so.
package cells
