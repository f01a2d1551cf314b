package main

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
)

// The scripts of the peers have the numbers of the workloads a second time: they must be the same.
func TestSameNumbers(t *testing.T) {
	source, err := scripts.ReadFile("peers/harness.py")
	if err != nil {
		t.Fatal(err)
	}
	flat := regexp.MustCompile(`[ _]`).ReplaceAllString(string(source), "")
	flat = regexp.MustCompile(`#.*`).ReplaceAllString(flat, "")
	for name, want := range map[string]string{
		"RINGPOINTS": fmt.Sprint(ringPoints), "CHAINS,STEPS": fmt.Sprintf("%d,%d", chains, steps),
		"RADIUS,SIGMA,STEP":        fmt.Sprintf("%.1f,%v,%v", radius, sigma, step),
		"WELLSTEP,LEAPS":           fmt.Sprintf("%v,%d", wellStep, leaps),
		"BATCH,HIDDEN,ITERATIONS":  fmt.Sprintf("%d,%d,%d", batch, hidden, iterations),
		"CDSTEPS,CDSTEP,DSMSIGMA,": fmt.Sprintf("RATE=%d,%v,%v,1e-3", cdSteps, cdStep, dsmSigma),
		"VISIBLE,BITS,RBMBATCH,":   fmt.Sprintf("RBMROWS,RBMRATE=%d,%d,%d,%d,%v", visible, bits, rbmBatch, rbmRows, rbmRate),
		"SIDE,BETA,SWEEPS":         fmt.Sprintf("%d,%v,%d", side, beta, sweeps), "IMAGES": fmt.Sprint(images),
		"WELLS": fmt.Sprintf(`{"small":(%d,%d,%d),"medium":(%d,%d,%d),"large":(%d,%d,%d)}`, wells["small"][0], wells["small"][1],
			wells["small"][2], wells["medium"][0], wells["medium"][1], wells["medium"][2], wells["large"][0], wells["large"][1],
			wells["large"][2]),
	} {
		line := name + "=" + want
		if strings.HasSuffix(name, ",") { // the name goes on with the rest
			line = name + want
		}
		if !strings.Contains(flat, line+"\n") {
			t.Errorf("peers/harness.py does not say %s", line)
		}
	}
}

// Every task is done by us and by the scripts of its peers.
func TestEveryTaskHasItsContestants(t *testing.T) {
	for _, task := range tasks() {
		if _, ok := ours()[task.name]; !ok {
			t.Errorf("%s: the library does not do it", task.name)
		}
		for _, library := range task.peers {
			source, err := scripts.ReadFile("peers/with_" + library + ".py")
			if err != nil {
				t.Errorf("%s: %v", task.name, err)
				continue
			}
			short, _, _ := strings.Cut(task.name, "-") // wells come in sizes
			if !strings.Contains(string(source), `"`+task.name+`"`) && !strings.Contains(string(source), short+"-{size}") &&
				!strings.Contains(string(source), `"`+short+`", `+short) {
				t.Errorf("%s: not in the script of %s", task.name, library)
			}
		}
		for library := range task.want {
			if !strings.Contains(strings.Join(task.peers, " "), library) {
				t.Errorf("%s: something is wanted of %s, which does not take part", task.name, library)
			}
		}
	}
}

// The table says what is missed, what differs, and who does not take part.
func TestTable(t *testing.T) {
	var out bytes.Buffer
	task := task{name: "ring", title: "a ring", peers: []string{"torch", "jax", "numpy"}, want: map[string]float64{"torch": 10, "jax": 2},
		judge: "slope", tolerance: 0.1, units: 1000, unit: "points"}
	task.print(&out, []*contestant{
		{library: "joule", times: []float64{0.3, 0.1, 0.2}, quality: map[string]float64{"slope": 8}},
		{library: "torch", mode: "box", times: []float64{4, 4, 4}, quality: map[string]float64{"slope": 8.05}},
		{library: "torch", mode: "tuned", times: []float64{3, 3, 3}, quality: map[string]float64{"slope": 8.05}},
		{library: "jax", mode: "box", times: []float64{0.2}, quality: map[string]float64{"slope": 9}},
		{library: "numpy", mode: "box", failed: "pip install: no"},
	})
	for _, want := range []string{"200.000", "15.00       10  reached", "20.00", "1.00        2  MISSED", "DIFFERS: slope 9.0000, ours 8.0000", "no"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// Each of our workloads runs and comes out as physics has it.
func TestOurs(t *testing.T) {
	for name, want := range map[string][2]float64{
		"mixture": {1.9, 2.1}, "ula-small": {0.7, 1}, "hmc-small": {0.7, 1}, "cd": {0.1, math.Inf(1)}, "dsm": {0.1, math.Inf(1)},
		"ising": {-0.74, -0.6},
	} {
		for figure, v := range ours()[name]()()() {
			if !(v >= want[0] && v <= want[1]) {
				t.Errorf("%s: %s is %v, not between %v and %v", name, figure, v, want[0], want[1])
			}
		}
	}
}
