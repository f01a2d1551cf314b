// Package kerneltest tests kernels, and engines, without sockets.
//
// Start serves an engine over a Pipe, a transport in memory that signs and verifies like a real one, and returns a FrontEnd
// that sends requests and reads the answers channel by channel, in order. RunDialogue plays a dialogue from a file and
// returns the transcript, to be compared with a golden one. Toy is a small engine that can do everything a cell can do, on
// command: it tests the kernel alone. CheckEngine is the conformance suite for other engines. Requirements is the table of what
// the protocol wants, with the tests that keep it.
package kerneltest
