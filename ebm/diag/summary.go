package diag

import (
	"fmt"
	"html"
	"math"
	"strings"
	"sync"
)

// A Row is the summary of one coordinate.
type Row struct {
	Name string
	Mean float64
	SD   float64
	MCSE float64 // standard error of the mean: SD/√ESS
	ESS  float64 // BulkESS
	RHat float64 // RankRHat
}

// A Summary is a table with one row per coordinate. A notebook shows it as a table; printed it is text.
type Summary struct {
	Rows     []Row
	Chains   int
	Draws    int     // per chain
	Accept   float64 // mean acceptance probability; NaN where it has no meaning
	Diverged int     // steps whose energy was not a number
	Note     string  // what else there is to know: a cancelled run, a step size
}

// Summarize computes the summary of some draws, coordinates named x1, x2, …, on all processors.
func Summarize(d Draws) Summary {
	s := Summary{Rows: make([]Row, d.Dim), Chains: d.Chains, Draws: d.Draws, Accept: math.NaN()}
	var wg sync.WaitGroup
	for j := range s.Rows {
		wg.Go(func() { s.Rows[j] = row(d, j) })
	}
	wg.Wait()
	return s
}

func row(d Draws, j int) Row {
	nan := math.NaN()
	r := Row{Name: fmt.Sprintf("x%d", j+1), Mean: nan, SD: nan, ESS: nan, RHat: nan}
	chains := d.Coordinate(j)
	if d.Chains*d.Draws > 1 {
		mean, variance := meanVar(joined(chains))
		r.Mean, r.SD = mean, math.Sqrt(variance)
	}
	if usable(chains) {
		plain, folded := ranked(split(chains))
		r.ESS = ess(plain)
		r.RHat = math.Max(rhat(plain), rhat(folded))
	}
	r.MCSE = r.SD / math.Sqrt(r.ESS)
	return r
}

var columns = [...]string{"", "mean", "sd", "mcse", "ESS", "R-hat"}

func (r Row) cells() [len(columns)]string {
	return [...]string{r.Name, number(r.Mean, 3), number(r.SD, 3), short(r.MCSE), whole(r.ESS), number(r.RHat, 4)}
}

// number writes v with that many digits after the point if it is of ordinary size.
func number(v float64, digits int) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case v != 0 && (math.Abs(v) < math.Pow10(-digits) || math.Abs(v) >= 1e6):
		return fmt.Sprintf("%.*e", max(digits-1, 1), v)
	}
	if s := fmt.Sprintf("%.*f", digits, v); strings.Trim(s, "-0.") != "" {
		return s
	}
	return fmt.Sprintf("%.*f", digits, 0.0) // never −0.000
}

// short writes v with two significant digits.
func short(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.2g", v)
}

func whole(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.0f", v)
}

// caption is the line below the table.
func (s Summary) caption() string {
	parts := []string{fmt.Sprintf("%d chains × %d draws", s.Chains, s.Draws)}
	if !math.IsNaN(s.Accept) {
		parts = append(parts, fmt.Sprintf("acceptance %.2f", s.Accept))
	}
	if s.Diverged > 0 {
		parts = append(parts, fmt.Sprintf("%d diverged steps", s.Diverged))
	}
	if s.Note != "" {
		parts = append(parts, s.Note)
	}
	return strings.Join(parts, ", ")
}

// String returns the table as text.
func (s Summary) String() string {
	table := [][len(columns)]string{columns}
	for _, r := range s.Rows {
		table = append(table, r.cells())
	}
	var width [len(columns)]int
	for _, cells := range table {
		for i, c := range cells {
			width[i] = max(width[i], len([]rune(c)))
		}
	}
	var b strings.Builder
	for _, cells := range table {
		for i, c := range cells {
			if i > 0 {
				b.WriteString("  ")
			}
			b.WriteString(strings.Repeat(" ", width[i]-len([]rune(c))) + c)
		}
		b.WriteByte('\n')
	}
	return b.String() + s.caption()
}

// HTML returns the table as an HTML fragment; an R-hat above 1.01 and an ESS below 400 are bold.
func (s Summary) HTML() string {
	var b strings.Builder
	b.WriteString("<table><thead><tr>")
	for _, c := range columns {
		b.WriteString("<th>" + c + "</th>")
	}
	b.WriteString("</tr></thead><tbody>")
	for _, r := range s.Rows {
		b.WriteString("<tr>")
		for i, c := range r.cells() {
			b.WriteString("<td>" + emphasis(html.EscapeString(c), r.doubtful(i)) + "</td>")
		}
		b.WriteString("</tr>")
	}
	return b.String() + "</tbody></table><p>" + html.EscapeString(s.caption()) + "</p>"
}

// doubtful says that a cell is a reason not to trust the draws: the limits are those that the paper recommends.
func (r Row) doubtful(column int) bool {
	return column == 4 && r.ESS < 400 || column == 5 && r.RHat > 1.01
}

func emphasis(s string, strong bool) string {
	if strong {
		return "<b>" + s + "</b>"
	}
	return s
}
