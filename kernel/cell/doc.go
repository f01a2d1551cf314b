// Package cell is the record of the cell that the calling goroutine works for: where its output goes, its context, and the
// order to stop.
//
// A record belongs to a goroutine and is inherited by the goroutines it starts, so the output of a goroutine that outlives its
// cell still goes to that cell, and an interrupt ends that cell's goroutines and nobody else's. Both tiers call this package:
// interpreted statements through exported symbols, compiled ones by import. The lowering puts a check of Stopping at every loop
// and function entry; while no cell is being interrupted that is one load.
//
//	Record, New, (*Record).Run    one run of a cell, on a goroutine of its own
//	Current, Go, Context          what the calling goroutine belongs to
//	Stopping, Check               the interrupt: a process-wide hint, then the goroutine's own record
//	(*Record).Settle              goroutines that panic at the end of their cell
//	Exit                          os.Exit and log.Fatal of a cell
//
// record.go has the runs, sink.go where their output goes, labels.go the binding, stop.go the interrupt. What lowered source calls
// in the place of Go's own:
//
//	print.go, builtin.go  fmt.Print and its like, print and println
//	stdin.go     os.Stdin
//	block.go     what blocks: channels, locks, sleep
//	callback.go  what calls back: timers, contexts, wait groups
//	panic.go     panic and recover: what the interpreter panics with, in Go's form
//	bounds.go    indexes out of range; room.go values that there is no room for
//	runes.go     range over a string
//	adopt.go     types without a name that there are several of; former.go types that were declared anew; as.go structs that
//	             become another cell's
//
// The binding uses the profiler's labels, the only thing that Go's goroutines inherit (1.4 ns to read). Functions that are called
// back by timers, contexts and wait groups get the record of the cell that gave them (callback.go). Goroutines that other libraries
// keep for callbacks have none: what such a goroutine prints goes to the newest record, as does everything written from outside any
// cell, an interrupt does not find it, and a panic in it ends the process. A stopped goroutine ends by runtime.Goexit, which runs deferred
// functions and which recover cannot swallow.
package cell
