// Package trial is what %%bench, %timeit and %%test compile into a cell: Go's own package testing, kept from ending the process.
//
// Package testing ends the process when a benchmark or a test panics or leaves its goroutine, which is what an interrupt makes
// it do. Here a panic in a test is a failure of that test, a panic in a benchmark is one of the cell, and an interrupt ends both.
//
//	Bench    the loop of a benchmark
//	Timeit   the loop of a benchmark, several times
//	Run      tests
//	Catch    is deferred in each test and subtest
package trial

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"joule/kernel/cell"
)

// B and T are those of package testing.
type (
	B = testing.B
	T = testing.T
)

// Bench runs f, which loops while b.Loop() is true, and prints the time, the bytes and the allocations of one turn.
func Bench(f func(b *B)) {
	r := benchmark(f)
	fmt.Fprintf(os.Stdout, "%s\t%s\n", strings.TrimLeft(r.String(), " "), r.MemString())
}

// benchmark measures f. A panic in it, and an interrupt, are those of the cell.
func benchmark(f func(b *B)) testing.BenchmarkResult {
	var fault any
	var stack []byte
	r := testing.Benchmark(func(b *B) {
		defer func() {
			if v := recover(); v != nil {
				fault, stack = v, debug.Stack()
				b.FailNow()
			}
		}()
		b.ReportAllocs()
		f(b)
	})
	if fault != nil {
		cell.Rethrow(fault, stack)
	}
	cell.Check()
	return r
}

// A Case is one test.
type Case struct {
	Name string
	F    func(*T)
}

// Run runs the tests whose names match pattern, as `go test -v` does, and ends the cell with status 1 when one fails.
func Run(pattern string, cases ...Case) {
	match, err := regexp.Compile(pattern)
	if err != nil {
		panic(fmt.Sprintf("the pattern of the tests: %v", err))
	}
	testing.Init()
	if err := flag.CommandLine.Parse([]string{"-test.v"}); err != nil {
		panic(err)
	}
	var tests []testing.InternalTest
	for _, c := range cases {
		if match.MatchString(c.Name) {
			tests = append(tests, testing.InternalTest{Name: c.Name, F: func(t *T) {
				defer Catch(t)
				c.F(t)
			}})
		}
	}
	m := start(testing.MainStart, tests)
	failed := m.Run() != 0 // prints PASS or FAIL
	cell.Check()
	if failed {
		cell.Exit(1)
	}
}

// Catch makes a failure of t of a panic that passes, or of the interrupt.
func Catch(t *T) {
	switch v := recover(); {
	case v != nil:
		fmt.Fprintf(t.Output(), "panic: %v%s\n", v, frames(string(debug.Stack())))
		t.FailNow()
	case cell.Context().Err() != nil:
		t.FailNow()
	}
}

// place is a line of a stack that comes from a cell.
var place = regexp.MustCompile(`(cell#[0-9a-f]+:\d+)`)

// frames are the places in cells that a panic came through.
func frames(stack string) (text string) {
	for _, m := range place.FindAllString(stack, -1) {
		text += "\n\tat " + m
	}
	return text
}
