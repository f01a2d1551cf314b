package train

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
	"time"

	"joule/ebm"
)

// A History is what happened during training. A notebook shows it as a curve of the loss.
type History struct {
	Loss      []float64 // by step; NaN where the run went back
	Norm      []float64 // of the gradient, by step, before it was clipped
	Rollbacks []Rollback
	Rate      float64       // what the learning rate was multiplied with at the end: halved at each rollback
	Elapsed   time.Duration // of the steps
	Err       error         // of the context, if the run was cancelled; or that it diverged at every rate
	Params    *ebm.Params   // what was trained: the parameters of the model and any of the loss

	steps int
}

// A Rollback says that a run went back to earlier parameters.
type Rollback struct {
	Step int
	Why  string
	Rate float64 // from then on
}

// String says a rollback in a sentence.
func (r Rollback) String() string {
	return fmt.Sprintf("step %d: %s; went back, with %.3g of the rate", r.Step, r.Why, r.Rate)
}

// Final returns the mean loss of the last tenth of the steps, at most a hundred: single losses are noisy. It is NaN without any.
func (h *History) Final() float64 { return h.mean(len(h.Loss) - min(max(len(h.Loss)/10, 1), 100)) }

// mean is the mean loss from a step on.
func (h *History) mean(from int) float64 {
	sum, n := 0.0, 0.0
	for _, v := range h.Loss[max(from, 0):] {
		if !math.IsNaN(v) {
			sum, n = sum+v, n+1
		}
	}
	return sum / n
}

// String describes the run in a line, and each rollback in one more.
func (h *History) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d steps", len(h.Loss), h.steps)
	if len(h.Loss) > 0 {
		fmt.Fprintf(&b, " in %.1f s, loss %.4g → %.4g", h.Elapsed.Seconds(), h.Loss[0], h.Final())
	}
	if h.Err != nil {
		fmt.Fprintf(&b, " (stopped: %v)", h.Err)
	}
	for _, r := range h.Rollbacks {
		fmt.Fprintf(&b, "\n%v", r)
	}
	return b.String()
}

const (
	svgWidth, svgHeight = 560, 150
	svgPoints           = 280 // of the curve; each is the mean of the steps that it stands for
)

// HTML returns the curve of the loss, with its range and what String says.
func (h *History) HTML() string {
	lines := strings.Split(html.EscapeString(h.String()), "\n")
	return `<div style="font:12px sans-serif">` + h.curve() + "<div>" + strings.Join(lines, "<br>") + "</div></div>"
}

// curve draws the loss, smoothed, as lines over the steps; the axis ends where the run will.
func (h *History) curve() string {
	steps := max(h.steps, len(h.Loss), 2)
	size := max((steps+svgPoints-1)/svgPoints, 1)
	var points [][2]float64
	for lo := 0; lo < len(h.Loss); lo += size {
		part := History{Loss: h.Loss[lo:min(lo+size, len(h.Loss))]}
		if v := part.mean(0); !math.IsNaN(v) {
			points = append(points, [2]float64{float64(lo+len(part.Loss)) / float64(steps), v})
		}
	}
	if len(points) < 2 {
		return ""
	}
	lo, hi := extent(points)
	var path strings.Builder
	for _, p := range points {
		t := (math.Min(math.Max(p[1], lo), hi) - lo) / (hi - lo)
		fmt.Fprintf(&path, "%.1f,%.1f ", 60+p[0]*(svgWidth-70), 8+(1-t)*(svgHeight-26))
	}
	text := func(x, y int, anchor, s string) string {
		return fmt.Sprintf(`<text x="%d" y="%d" text-anchor="%s" font-size="11" fill="currentColor">%s</text>`, x, y, anchor, s)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d">`, svgWidth, svgHeight) +
		fmt.Sprintf(`<path d="M60 8V%d H%d" fill="none" stroke="currentColor" stroke-opacity="0.4"/>`, svgHeight-18, svgWidth-10) +
		`<polyline fill="none" stroke="#2a6f97" stroke-width="1.5" points="` + strings.TrimSpace(path.String()) + `"/>` +
		text(54, 14, "end", fmt.Sprintf("%.3g", hi)) + text(54, svgHeight-18, "end", fmt.Sprintf("%.3g", lo)) +
		text(60, svgHeight-4, "middle", "0") + text(svgWidth-10, svgHeight-4, "end", fmt.Sprintf("%d steps", steps)) + "</svg>"
}

// extent is the range of the curve without its few highest points, which are usually the first.
func extent(points [][2]float64) (lo, hi float64) {
	v := make([]float64, len(points))
	for i, p := range points {
		v[i] = p[1]
	}
	slices.Sort(v)
	lo, hi = v[0], v[len(v)-1-len(v)/50]
	if !(hi > lo) {
		return lo - 1, lo + 1
	}
	return lo, hi
}
