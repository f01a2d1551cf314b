// Command bench times the kernel beside ipykernel in one run, over the same raw client, and prints the ratios with what is
// wanted of them:
//
//	go run ./kernel/bench [-joule PATH] [-python PATH] [-rounds 7] [-many 20] [-cells 10000]
//
// -joule is an installed joule program (the default is that of the default prefix), -python a Python that has ipykernel. The two
// kernels take turns, a fresh one of each in every round, so that whatever else the machine does meets both. Times are in
// milliseconds, from the request to the reply and the status idle unless a row says otherwise.
//
// One row asks for more than there is to have: a heartbeat is a round trip between two processes, and where ipykernel's takes
// 0.12 ms, that of libzmq in both of them, two programs in Go that do nothing but read and write over loopback TCP take 0.06 ms,
// because a goroutine is woken by the network poller on either side; ours takes as long as these. A fifth of ipykernel's is what two
// blocking programs in C take, 0.02 ms.
//
// The map: table.go is what is printed; tasks.go are the contestants and what they are asked; trial.go measures one kernel, long.go
// what takes long and many cells, crowd.go many at once; process.go starts and ends one.
package main

import (
	"flag"
	"fmt"
	"os"

	"joule/install/setup"
)

func main() {
	layout, _ := setup.DefaultLayout()
	joule := flag.String("joule", layout.Joule(), "the installed joule `program`")
	python := flag.String("python", "python3", "a `Python` with ipykernel")
	rounds := flag.Int("rounds", 7, "how many kernels of each are measured, one after the other")
	many := flag.Int("many", 20, "how many kernels are started at once; 0 for none")
	cells := flag.Int("cells", 10_000, "over how many small cells the memory is measured; 0 for none")
	flag.Parse()
	ports := newChooser()
	if err := compare(os.Stdout, ours(*joule, ports), theirs(*python, ports), *rounds, *many, *cells); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// compare measures both and prints the table.
func compare(out *os.File, ours, theirs contestant, rounds, many, cells int) error {
	plain, err := plainGo()
	if err != nil {
		return fmt.Errorf("the loop in plain Go: %w", err)
	}
	ours.plain, theirs.plain = plain, plain
	a, b := newFigures(), newFigures()
	for range max(rounds, 1) {
		for _, c := range []struct {
			contestant
			f *figures
		}{{ours, a}, {theirs, b}} {
			if err := c.measure(c.f); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	for _, c := range []struct {
		contestant
		f *figures
	}{{ours, a}, {theirs, b}} {
		if cells > 0 {
			if err := c.stay(cells, c.f); err != nil {
				return fmt.Errorf("%d cells of %s: %w", cells, c.name, err)
			}
		}
	}
	if many > 0 {
		for range 3 {
			for _, c := range []struct {
				contestant
				f *figures
			}{{ours, a}, {theirs, b}} {
				if err := c.crowd(many, c.f); err != nil {
					return fmt.Errorf("%d of %s: %w", many, c.name, err)
				}
			}
		}
	}
	print(out, ours.name, theirs.name, many, a, b)
	return nil
}
