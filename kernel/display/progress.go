package display

import (
	"fmt"
	"html"
	"os"
	"strings"
	"sync"
	"time"
)

// barEvery is the shortest time between two drawings of a bar.
const barEvery = 100 * time.Millisecond

// Progress shows a bar that fills as work is done, with the time it took, the time left and the rate. total is the number of
// steps, or 0 when it is not known. label, when given, stands before the bar. Outside a cell the bar is a line of text.
func Progress(total int, label ...string) *Bar {
	b := &Bar{total: max(total, 0), label: strings.Join(label, " "), start: time.Now()}
	if out := running(); out.sink != nil {
		b.slot = Handle(b.bundle(b.start))
	}
	b.drawn = b.start
	return b
}

// A Bar is a progress bar. Its methods may be called from any goroutine; drawing is limited to ten times a second, so that a
// call costs next to nothing.
type Bar struct {
	total int
	label string
	start time.Time
	slot  *Slot // nil outside a cell

	mu    sync.Mutex
	done  int
	note  string
	drawn time.Time
	ended time.Time
}

// Add reports n more steps.
func (b *Bar) Add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done += n
	b.changed(false)
}

// Set reports that n steps are done in all.
func (b *Bar) Set(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done = n
	b.changed(false)
}

// Note puts text behind the bar, such as the current loss; it is formatted as fmt.Sprint does.
func (b *Bar) Note(text ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.note = fmt.Sprint(text...)
	b.changed(false)
}

// Done ends the bar at its last state. A bar that has reached its total ends by itself.
func (b *Bar) Done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended.IsZero() {
		b.ended = time.Now()
	}
	b.changed(true)
}

// changed draws the bar when it is due. Reaching the total is always drawn.
func (b *Bar) changed(force bool) {
	now := time.Now()
	if b.total > 0 && b.done >= b.total && b.ended.IsZero() {
		b.ended, force = now, true
	}
	if !force && now.Sub(b.drawn) < barEvery {
		return
	}
	b.drawn = now
	if b.slot != nil {
		b.slot.put(b.slot.from(), b.bundle(now))
		return
	}
	line := "\r" + b.text(now)
	if !b.ended.IsZero() {
		line += "\n"
	}
	fmt.Fprint(os.Stdout, line)
}

// fraction is how much is done, from 0 to 1; -1 when the total is not known.
func (b *Bar) fraction() float64 {
	if b.total == 0 {
		return -1
	}
	return min(max(float64(b.done)/float64(b.total), 0), 1)
}

// status is the text behind the bar: counts, times, rate and note.
func (b *Bar) status(now time.Time) string {
	if !b.ended.IsZero() {
		now = b.ended
	}
	spent := now.Sub(b.start)
	s := fmt.Sprint(b.done)
	if b.total > 0 {
		s = fmt.Sprintf("%d/%d", b.done, b.total)
	}
	s += " · " + clock(spent)
	if f := b.fraction(); f > 0 && f < 1 && b.ended.IsZero() {
		s += " · " + clock(time.Duration(float64(spent)*(1-f)/f)) + " left"
	}
	if b.done > 0 && spent > 0 {
		s += " · " + rate(float64(b.done)/spent.Seconds())
	}
	if b.note != "" {
		s += " · " + b.note
	}
	return s
}

// text is the bar as a line: label  37% ███████▍             370/1000 · 0:12 · 0:20 left · 31/s.
func (b *Bar) text(now time.Time) string {
	s := ""
	if b.label != "" {
		s = b.label + "  "
	}
	if f := b.fraction(); f >= 0 {
		s += fmt.Sprintf("%3.0f%% %s ", floorPercent(f), blocks(f, 24))
	}
	return s + b.status(now)
}

// bundle is the bar as HTML in the colours of the theme, and as text.
func (b *Bar) bundle(now time.Time) Bundle {
	f := b.fraction()
	color := "var(--jp-brand-color1,#2196f3)"
	if !b.ended.IsZero() && (f < 0 || f >= 1) {
		color = "var(--jp-success-color1,#4caf50)"
	}
	fill := ""
	if f >= 0 {
		fill = fmt.Sprintf(`<span style="display:inline-block;width:240px;height:10px;border-radius:5px;overflow:hidden;`+
			`background:var(--jp-layout-color3,#bdbdbd);vertical-align:middle">`+
			`<span style="display:block;width:%.1f%%;height:100%%;background:%s"></span></span> %.0f%% · `,
			100*f, color, floorPercent(f))
	}
	label := ""
	if b.label != "" {
		label = html.EscapeString(b.label) + "&ensp;"
	}
	markup := `<div style="font-family:var(--jp-code-font-family,monospace);font-size:var(--jp-code-font-size,13px)">` +
		label + fill + html.EscapeString(b.status(now)) + `</div>`
	return Bundle{Data: map[string]string{mimeHTML: markup, mimeText: b.text(now)}}
}

// floorPercent shows 100 only when all is done.
func floorPercent(f float64) float64 { return float64(int(100 * f)) }

// blocks draws f of width characters in eighths.
func blocks(f float64, width int) string {
	eighths := int(f * float64(width) * 8)
	s := strings.Repeat("█", eighths/8)
	if r := eighths % 8; r > 0 {
		s += string([]rune(" ▏▎▍▌▋▊▉")[r])
	}
	return "▕" + s + strings.Repeat(" ", width-len([]rune(s))) + "▏"
}

// clock writes a duration as people read it while waiting.
func clock(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	s := int(d.Seconds())
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// rate writes steps per second, or seconds per step when that is slower.
func rate(perSecond float64) string {
	switch {
	case perSecond >= 100:
		return fmt.Sprintf("%.0f/s", perSecond)
	case perSecond >= 1:
		return fmt.Sprintf("%.1f/s", perSecond)
	}
	return fmt.Sprintf("%.1f s each", 1/perSecond)
}
