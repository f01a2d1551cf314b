package child

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"

	"joule/kernel/cell"
	"joule/kernel/usage"
	"joule/kernel/worker/pipe"
)

// answer changes what is asked to be changed and says how things are.
func (w *worker) answer(seq int, stop <-chan struct{}, q *pipe.Ask) {
	told := &pipe.Told{}
	if err := change(q); err != nil {
		told.Error = err.Error()
	}
	told.Dir, _ = os.Getwd() // a directory that was removed has no name
	told.Env = os.Environ()
	told.Resident = resident()
	w.stop(q.Stop)
	w.mu.Lock()
	told.Plugins = len(w.plugins)
	paths := slices.Collect(maps.Keys(w.plugins))
	busy := len(w.runs) > 0
	for _, r := range w.known {
		busy = busy || r.Live() > 0
	}
	slots := map[string]reflect.Value{}
	for _, id := range q.Values {
		if v, ok := w.slots[id]; ok {
			slots[id] = v
		}
	}
	w.mu.Unlock()
	told.PluginMemory = mapped(paths)
	if len(slots) > 0 {
		told.Values = map[string]string{}
		for id, v := range slots {
			told.Values[id] = brief(v.Elem(), busy)
		}
	}
	if q.Goroutines {
		told.Goroutines = w.goroutines()
	}
	if len(q.Behind) > 0 {
		w.held(stop, q, told)
	}
	w.mu.Lock()
	delete(w.asks, seq)
	w.mu.Unlock()
	w.out.send(pipe.Reply{Seq: seq, Told: told})
}

func change(q *pipe.Ask) (err error) {
	if q.Dir != "" {
		err = os.Chdir(q.Dir)
	}
	for name, value := range q.Set {
		err = errors.Join(err, os.Setenv(name, value))
	}
	for _, name := range q.Unset {
		err = errors.Join(err, os.Unsetenv(name))
	}
	return err
}

// stop ends the goroutines that cells have left behind.
func (w *worker) stop(numbers []int) {
	w.mu.Lock()
	var list []*cell.Record
	for _, r := range w.known {
		if slices.Contains(numbers, -1) || slices.Contains(numbers, r.Number) {
			list = append(list, r)
		}
	}
	for _, r := range w.runs { // cells that run now are interrupted, not stopped here
		list = slices.DeleteFunc(list, func(x *cell.Record) bool { return x == r })
	}
	w.mu.Unlock()
	for _, r := range list {
		r.Stop()
	}
}

// longest is how much of a text a brief value shows.
const longest = 40

// brief is the value of a variable where it is short and safe to read while cells may write it: numbers, lengths, and whether
// there is anything. A text is read only when no cell runs.
func brief(v reflect.Value, busy bool) string {
	switch v.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16,
		reflect.Uint32, reflect.Uint64, reflect.Uintptr, reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return plain(v)
	case reflect.String:
		if n := v.Len(); busy || n > 4*longest {
			return fmt.Sprintf("%d bytes", n)
		}
		if s := []rune(v.String()); len(s) > longest {
			return strconv.Quote(string(s[:longest-1])) + "…"
		}
		return strconv.Quote(v.String())
	case reflect.Slice, reflect.Map, reflect.Chan:
		if v.IsNil() {
			return "nil"
		}
		return "len " + strconv.Itoa(v.Len())
	case reflect.Array:
		return "len " + strconv.Itoa(v.Len())
	case reflect.Pointer, reflect.Func, reflect.Interface, reflect.UnsafePointer:
		if v.IsNil() {
			return "nil"
		}
	}
	return ""
}

// plain prints a number or a bool without its methods.
func plain(v reflect.Value) string {
	switch {
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	case v.CanFloat():
		return strconv.FormatFloat(v.Float(), 'g', 6, 64)
	case v.CanComplex():
		return strconv.FormatComplex(v.Complex(), 'g', 6, 128)
	}
	return strconv.FormatBool(v.Bool())
}

// goroutines are those that belong to cells, as the runtime's profile has them.
func (w *worker) goroutines() (list []pipe.Goroutines) {
	var b bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&b, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := map[string]bool{}
	for entry := range strings.SplitSeq(b.String(), "\n\n") {
		p, ok := parse(entry)
		r := w.known[p.label]
		if !ok || r == nil || p.own() {
			continue
		}
		seen[p.label] = true
		g := pipe.Goroutines{Count: p.count}
		g.State, g.Where = waiting(p.frames)
		g.Cell, g.Stopped = r.Number, r.Context().Err() != nil
		for _, running := range w.runs {
			g.Running = g.Running || running == r
		}
		list = append(list, g)
	}
	for label, r := range w.known {
		running := slices.Contains(slices.Collect(values(w.runs)), r)
		if !seen[label] && !running && r.Over() {
			delete(w.known, label)
		}
	}
	slices.SortFunc(list, func(a, b pipe.Goroutines) int {
		if a.Cell != b.Cell {
			return a.Cell - b.Cell
		}
		return strings.Compare(a.Where, b.Where)
	})
	return list
}

func values(m map[int]*cell.Record) func(yield func(*cell.Record) bool) {
	return func(yield func(*cell.Record) bool) {
		for _, r := range m {
			if !yield(r) {
				return
			}
		}
	}
}

// A profile is one entry of the runtime's profile: goroutines with the same labels and the same stack, innermost first.
type profile struct {
	count  int
	label  string
	frames []string
}

// own tells whether no goroutine of the entry runs code of a cell, or of a library on which one may have called: they are the worker's,
// or they wait to be let on. The labels say nothing of these two, which belong to the cell that happened to need them first.
func (p *profile) own() bool {
	return slices.ContainsFunc(p.frames, func(f string) bool {
		return f == "os/signal.loop" || strings.HasPrefix(f, "joule/ebm/expr.(*hand).")
	}) || p.label == "" && slices.ContainsFunc(p.frames, func(f string) bool {
		return strings.HasPrefix(f, "joule/kernel/worker/child.") || strings.HasPrefix(f, "joule/kernel/cell.(*Record).callback.")
	})
}

// alone tells whether there are only goroutines of the worker's own.
func (w *worker) alone() bool {
	var b bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&b, 1)
	for entry := range strings.SplitSeq(b.String(), "\n\n") {
		if p, _ := parse(entry); p.count > 0 && !p.own() {
			return false
		}
	}
	return true
}

// parse reads an entry; ok tells whether it belongs to a cell.
func parse(entry string) (p profile, ok bool) {
	lines := strings.Split(entry, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "goroutine profile:") {
			continue
		}
		if n, err := fmt.Sscanf(line, "%d @", &p.count); n != 1 || err != nil {
			return p, false
		}
		for _, line := range lines[i+1:] {
			if text, is := strings.CutPrefix(line, "# labels: "); is {
				labels := map[string]string{}
				json.Unmarshal([]byte(text), &labels)
				p.label = labels[cell.LabelKey]
			} else if fields := strings.Split(line, "\t"); len(fields) >= 3 {
				name, _, _ := strings.Cut(fields[2], "+0x")
				p.frames = append(p.frames, name)
			}
		}
		return p, p.label != ""
	}
	return p, false
}

// states are what functions of the runtime and the library wait for, outermost last.
var states = []struct{ prefix, state string }{
	{"time.Sleep", "sleeps"}, {"joule/kernel/cell.Sleep", "sleeps"},
	{"joule/kernel/cell.Receive", "receives"}, {"joule/kernel/cell.Send", "sends"}, {"joule/kernel/cell.Lock", "waits for a lock"},
	{"runtime.chanrecv", "receives"}, {"runtime.chansend", "sends"}, {"runtime.selectgo", "selects"},
	{"sync.runtime_Sem", "waits for a lock"}, {"sync.runtime_notify", "waits for a signal"}, {"sync.(*WaitGroup).Wait", "waits for a group"},
	{"internal/poll.runtime_pollWait", "waits for input or output"}, {"syscall.", "is in a system call"}, {"runtime.cgocall", "is in C"},
}

// waiting says what a goroutine waits for and in which function it is.
func waiting(frames []string) (state, where string) {
	state = "runs"
	for _, f := range frames {
		for _, s := range states {
			if strings.HasPrefix(f, s.prefix) && state == "runs" {
				state = s.state
			}
		}
	}
	for _, f := range frames {
		first, _, _ := strings.Cut(f, "/")
		switch {
		case strings.HasPrefix(f, "runtime.") || strings.HasPrefix(f, "internal/") || strings.HasPrefix(f, "joule/kernel/cell.") ||
			strings.HasPrefix(f, "reflect.") || strings.HasPrefix(f, "runtime/pprof."):
		case strings.HasPrefix(f, "github.com/traefik/yaegi/") || f == "":
			return state, "interpreted code"
		case strings.HasPrefix(first, "joule.session"):
			return state, "code of the cell"
		default:
			return state, f
		}
	}
	return state, ""
}

// resident is the memory of the process, in bytes.
func resident() int64 {
	if n, err := usage.Resident(os.Getpid()); err == nil {
		return int64(n)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}

// mapped is what files that are mapped into this process have in memory, in bytes; 0 where nobody says.
func mapped(paths []string) (total int64) {
	if len(paths) == 0 {
		return 0
	}
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return 0
	}
	wanted, here := map[string]bool{}, false
	for _, p := range paths {
		wanted[p] = true
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) > 0 && !strings.HasSuffix(fields[0], ":") { // addresses, and the file where there is one
			here = len(fields) >= 6 && wanted[fields[5]]
		} else if here && len(fields) >= 2 && fields[0] == "Rss:" {
			n, _ := strconv.ParseInt(fields[1], 10, 64)
			total += n << 10
		}
	}
	return total
}
