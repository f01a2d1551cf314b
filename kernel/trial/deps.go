package trial

import (
	"errors"
	"io"
	"reflect"
	"testing"
	"time"
)

// start makes the main program of tests. What package testing wants from the go command for it is an interface without a name
// that may grow from release to release: D stands for it, so that this package builds in any case.
func start[D any](mainStart func(D, []testing.InternalTest, []testing.InternalBenchmark, []testing.InternalFuzzTarget,
	[]testing.InternalExample) *testing.M, tests []testing.InternalTest) *testing.M {
	d, ok := any(deps{}).(D)
	if !ok {
		panic("trial: the package testing of this release of Go wants something new; update Joule")
	}
	return mainStart(d, tests, nil, nil, nil)
}

// deps is what the go command generates for a test program, without profiles, coverage and fuzzing.
type deps struct{}

// entry is an input of a fuzz test, as package testing has it.
type entry = struct {
	Parent     string
	Path       string
	Data       []byte
	Values     []any
	Generation int
	IsSeed     bool
}

var errNone = errors.New("trial: there is none in a notebook")

func (deps) ImportPath() string                          { return "" }
func (deps) ModulePath() string                          { return "" }
func (deps) MatchString(_, _ string) (bool, error)       { return true, nil }
func (deps) SetPanicOnExit0(bool)                        {}
func (deps) StartCPUProfile(io.Writer) error             { return errNone }
func (deps) StopCPUProfile()                             {}
func (deps) StartTestLog(io.Writer)                      {}
func (deps) StopTestLog() error                          { return nil }
func (deps) WriteProfileTo(string, io.Writer, int) error { return errNone }
func (deps) CoordinateFuzzing(time.Duration, int64, time.Duration, int64, int, []entry, []reflect.Type, string, string) error {
	return errNone
}
func (deps) RunFuzzWorker(func(entry) error) error              { return errNone }
func (deps) ReadCorpus(string, []reflect.Type) ([]entry, error) { return nil, errNone }
func (deps) CheckCorpus([]any, []reflect.Type) error            { return errNone }
func (deps) ResetCoverage()                                     {}
func (deps) SnapshotCoverage()                                  {}
func (deps) InitRuntimeCoverage() (mode string, tearDown func(string, string) (string, error), snapshot func() float64) {
	return "", nil, nil
}
