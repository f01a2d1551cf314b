// Command conformance measures how faithful the cells of a notebook are to Go:
//
//	go run ./kernel/conformance [-what go,statements,examples,scripts,generated,random,loops,forms] [-run REGEXP] [-j 2] [-v] [-tier 1|2] [-dump] [-prefix DIR] [-update] [-seed 1] [-n 10] [script.txt …]
//
// It has eight suites. go feeds the Go distribution's own run tests ($GOROOT/test), each as one cell, to a fresh session and
// compares what it prints with what the distribution says. statements takes these tests apart into three cells, types,
// functions and statements, so that they cross the borders between cells and run in the interpreter as far as possible.
// examples does it with the examples of the documentation of the standard library and of gonum, which say what they print.
// scripts runs the notebooks in testdata, cell by cell, and compares them with what the compiler makes of the same cells put
// together to one program; -update writes that down anew. generated does the same with functions that put every way to make a
// value into every place that takes one, and random and loops with notebooks made up from a seed: of everything, and of
// compiled loops over variables of the session; forms with functions that have statements in the forms that people write them in.
//
// A test is right; refused, before anything ran, with a reason; failed, with an error at run time that Go does not have; silent,
// when it shows something else than Go without saying so; or died, when it took the process of the cells along. The exit status
// is 1 when a test is silent or died for no known reason (known.go).
//
// -tier 1 interprets everything and -tier 2 compiles everything, as the magic of that name: what the interpreter may not have is
// refused then, and nothing may be silent in either.
//
// The table says how many units run in the interpreter: of all, and of all but types.
//
//	main.go        the suites; lab.go one test in a fresh session; report.go the tables
//	gotests.go     Go's own tests; statements.go those of them that can be taken apart
//	examples.go    the examples of packages
//	scripts.go     notebooks in testdata; cells/ their format, and the program of a notebook
//	generate.go    every way to make a value in every place
//	random.go      notebooks from a seed; randomexpr.go their expressions; loops.go loops; forms.go forms
//	plan.go        how much is interpreted; dump.go what cells are lowered to
//	known.go       what cannot be right, and why
//
// -prefix is an installation of Joule to use as it is; without it one is made from the sources and kept in the cache.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"joule/install/setup"
)

func main() {
	var o options
	what := flag.String("what", "go,statements,examples,scripts,generated,random,loops,forms", "the `suites` to run")
	run := flag.String("run", "", "run only tests whose name matches `REGEXP`")
	flag.IntVar(&o.parallel, "j", 2, "how many tests run at once")
	flag.BoolVar(&o.verbose, "v", false, "print every test, and what is wrong with it")
	flag.StringVar(&o.tier, "tier", "", "run everything on `TIER` 1 or 2")
	flag.BoolVar(&o.dump, "dump", false, "run nothing: print what the cells are lowered to")
	flag.BoolVar(&o.update, "update", false, "write what the compiler says about the scripts to testdata")
	flag.Uint64Var(&o.seed, "seed", 1, "the first seed of the random notebooks")
	flag.IntVar(&o.count, "n", 10, "how many random notebooks")
	prefix := flag.String("prefix", "", "an installation of Joule in `DIR`")
	flag.Parse()
	o.files = flag.Args()
	o.what = strings.Split(*what, ",")
	var err error
	if o.match, err = regexp.Compile(*run); err == nil {
		err = conform(context.Background(), os.Stdout, o, *prefix)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

type options struct {
	what     []string
	match    *regexp.Regexp
	parallel int
	verbose  bool
	update   bool
	dump     bool
	tier     string
	seed     uint64
	count    int
	files    []string // scripts to take in the place of those in testdata
}

// conform runs the suites and prints their tables.
func conform(ctx context.Context, out io.Writer, o options, prefix string) error {
	lab, err := open(ctx, prefix)
	if err != nil {
		return err
	}
	lab.tier = o.tier
	bad := 0
	for _, what := range o.what {
		var tests []test
		switch what {
		case "go":
			tests, err = goTests()
		case "examples":
			tests, err = exampleTests()
		case "generated":
			tests, err = generatedTests(ctx, lab, o)
		case "random":
			tests, err = randomTests(ctx, lab, o)
		case "loops":
			tests, err = loopTests(ctx, lab, o)
		case "forms":
			tests, err = formTests(ctx, lab, o)
		case "statements":
			tests, err = statementTests()
		case "scripts":
			if o.update {
				err = updateScripts(ctx, lab, o)
			}
			if err == nil {
				tests, err = scriptTests(o)
			}
		default:
			err = fmt.Errorf("there is no suite called %q", what)
		}
		if err != nil {
			return err
		}
		if o.dump {
			for _, t := range tests {
				if o.match.MatchString(t.String()) {
					lab.dump(out, t)
				}
			}
			continue
		}
		results := runAll(ctx, lab, tests, o, out)
		bad += report(out, what, results, o.verbose)
	}
	if bad > 0 {
		return fmt.Errorf("%d tests are silently wrong or took their process along", bad)
	}
	return nil
}

// open makes an installation, or takes the one in prefix.
func open(ctx context.Context, prefix string) (*lab, error) {
	if prefix == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		prefix = filepath.Join(cache, "joule-conformance")
		if err := setup.Run(ctx, setup.Options{Prefix: prefix, NoLab: true, Stdout: os.Stderr, Stderr: os.Stderr}); err != nil {
			return nil, err
		}
	}
	layout, err := setup.PrefixLayout(prefix)
	if err != nil {
		return nil, err
	}
	return newLab(layout)
}
