// Command bench times the library beside the libraries that people use for the same work, in one run, and prints the ratios with what
// is wanted of them, and how near the machine's limits the library comes:
//
//	go run ./ebm/bench [-python PATH] [-threads 1,2] [-rounds 7] [-only ring,cd] [-venv FOLDER]
//
// The peers are installed from the package registry into a virtual environment of the benchmark's own, at first use. Each is called in
// the way that its documentation recommends, once as it comes (box) and once as somebody does who cares for speed (tuned); the scripts
// are in the folder peers. A peer that cannot be had is named in the table.
//
// Everybody does the same work on the same numbers, in single precision, in a process of its own, which is started, warmed up and
// then told to run, in turns with the others: so whatever else the machine does meets all of them. On one thread all are bound to one
// processor and what counts is processor time; on more it is the time on the clock. A figure is the median of the rounds. Every run
// also returns figures by which the result can be judged, and the table says where ours are not those of the peers.
//
// The map: tasks.go says what is done and what is wanted; ours.go does it with the library; peers.go prepares the others;
// contest.go lets them take turns; child.go is the protocol; table.go prints; roofline.go asks the machine.
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
)

func main() {
	python := flag.String("python", "python3", "the `Python` that the virtual environment is made with")
	venv := flag.String("venv", "", "the `folder` of the virtual environment; empty: in the user's cache")
	threads := flag.String("threads", "1,2", "numbers of threads, with commas")
	rounds := flag.Int("rounds", 7, "how often each runs, in turns; at least 5")
	only := flag.String("only", "", "names of workloads, with commas; empty: all")
	alone := flag.Bool("alone", false, "without the peers")
	child := flag.String("child", "", "for the benchmark itself: the `workload` to run when told")
	flag.Parse()
	if *child != "" {
		serve(*child, os.Stdin, os.Stdout)
		return
	}
	if err := run(*python, *venv, *threads, *only, *rounds, *alone); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(python, venv, threads, only string, rounds int, alone bool) error {
	var peers *peers
	if !alone {
		var err error
		if peers, err = prepare(python, venv, os.Stderr); err != nil {
			return err
		}
		defer peers.remove()
	}
	for _, text := range strings.Split(threads, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("-threads %s: %q is no number of threads", threads, text)
		}
		if err := compare(os.Stdout, peers, n, max(rounds, 5), chosen(only)); err != nil {
			return err
		}
	}
	return nil
}

// chosen are the tasks of the given names.
func chosen(only string) []task {
	if only == "" {
		return tasks()
	}
	var some []task
	for _, t := range tasks() {
		for _, name := range strings.Split(only, ",") {
			if t.name == name {
				some = append(some, t)
			}
		}
	}
	return some
}
