package trial

import (
	"flag"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"
	"time"
)

const (
	usualRuns = 7
	usualTime = 100 * time.Millisecond // of a run
	enough    = 10 * time.Second       // for all runs, unless their number was given
)

// Timeit runs f, which loops while b.Loop() is true, several times and prints the mean time of a turn and its standard deviation
// over the runs. A run has count turns, or as many as fit into a tenth of a second when count is 0. There are runs of them; when
// that is 0 seven, or fewer where these take long.
func Timeit(count, runs int, f func(b *B)) {
	testing.Init()
	span := flag.Lookup("test.benchtime")
	before := span.Value.String()
	defer span.Value.Set(before)
	wanted := usualTime.String()
	if count > 0 {
		wanted = strconv.Itoa(count) + "x"
	}
	if err := span.Value.Set(wanted); err != nil {
		panic(err)
	}
	turns := 0
	var times []float64 // of a turn, in nanoseconds
	for began := time.Now(); len(times) < max(runs, 1) || runs == 0 && len(times) < usualRuns && time.Since(began) < enough; {
		r := benchmark(f)
		turns += r.N
		times = append(times, float64(r.T.Nanoseconds())/float64(max(r.N, 1)))
	}
	mean, deviation := moments(times)
	fmt.Fprintf(os.Stdout, "%s ± %s per loop (mean ± std. dev. of %s, %s each)\n", span3(mean), span3(deviation),
		plural(len(times), "run"), plural(turns/len(times), "loop"))
}

// moments are the mean and the standard deviation of a sample, of which it is the whole.
func moments(xs []float64) (mean, deviation float64) {
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		deviation += (x - mean) * (x - mean) / float64(len(xs))
	}
	return mean, math.Sqrt(deviation)
}

// span3 is a time in nanoseconds, with three digits.
func span3(ns float64) string {
	for _, u := range []struct {
		ns   float64
		name string
	}{{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}} {
		if ns >= u.ns {
			return fmt.Sprintf("%.3g %s", ns/u.ns, u.name)
		}
	}
	return fmt.Sprintf("%.3g ns", ns)
}

// plural is a number of things, with a comma between thousands.
func plural(n int, what string) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	if n != 1 {
		what += "s"
	}
	return text + " " + what
}
