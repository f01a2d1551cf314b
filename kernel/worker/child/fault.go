package child

import (
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"joule/kernel/cell"
	"joule/kernel/lower"
	"joule/kernel/worker/pipe"
)

// describe turns a panic into what a person should see: the value, its type, and the frames of cells, innermost first.
func (w *worker) describe(f cell.Fault, interpreted []cell.Frame) *pipe.Fault {
	value := cell.Recovered(f.Value)
	out := &pipe.Fault{Type: fmt.Sprintf("%T", value), Message: message(value)}
	if _, ok := value.(runtime.Error); ok {
		out.Type = "runtime error"
	}
	out.Frames = slices.DeleteFunc(merged(string(f.Stack), w.interpretedFrames(interpreted)), func(f pipe.Frame) bool {
		return lower.IsTurn(f.File, f.Line)
	})
	return out
}

// interpretedFrames are the frames that the interpreter reported. It gives the first lines of functions; the innermost noted
// the line that it ran.
func (w *worker) interpretedFrames(reported []cell.Frame) (frames []pipe.Frame) {
	innermost := true
	for _, x := range reported {
		file, line := position(x.Position)
		f := pipe.Frame{File: file, Line: line, Function: x.Function, Begin: true, From: lower.EncodeLine(file, line)}
		if lower.IsTurn(file, line) { // it is a part of the next one
			frames = append(frames, f)
			continue
		}
		if file, line := lower.DecodeLine(w.interp.Line()); innermost && file == f.File && line >= f.Line {
			f.Line, f.Begin = line, false
		}
		frames, innermost = append(frames, f), false
	}
	return frames
}

// message prints the value as Go's own report of a panic does. A method of it may panic in turn.
func message(v any) (s string) {
	defer func() {
		if len(s) > maxMessage {
			s = s[:maxMessage] + fmt.Sprintf(" … (%d bytes more)", len(s)-maxMessage)
		}
	}()
	defer func() {
		if r := recover(); r != nil {
			s = fmt.Sprintf("%T (its method panics: %v)", v, r)
		}
	}()
	switch v := v.(type) {
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	case string:
		return v
	}
	return fmt.Sprintf("%v", v)
}

// compiled finds the lines of a stack that come from cells: their file is a label of package lower.
var compiled = regexp.MustCompile(`(cell#[0-9a-f]+):(\d+)`)

// running is the function of the interpreter that runs a function of a cell: the frames that it reports are its own, in the
// order of the stack.
const running = "github.com/traefik/yaegi/interp.runCfg("

// merged are the frames of a stack, compiled and interpreted, innermost first.
func merged(stack string, interpreted []pipe.Frame) (frames []pipe.Frame) {
	lines := strings.Split(stack, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, running) && len(interpreted) > 0 {
			frames, interpreted = append(frames, interpreted[0]), interpreted[1:]
			continue
		}
		m := compiled.FindStringSubmatch(line)
		if m == nil || i == 0 {
			continue
		}
		n, _ := strconv.Atoi(m[2])
		name := lines[i-1]
		if j := strings.LastIndexByte(name, '('); j > 0 {
			name = name[:j]
		}
		if j := strings.LastIndexByte(name, '/'); j >= 0 {
			name = name[j+1:]
		}
		frames = append(frames, pipe.Frame{File: m[1], Line: n, Function: name})
	}
	return append(frames, interpreted...) // a deep stack has left them out
}

// position reads what the interpreter says of a place: unit:line:column.
func position(s string) (file string, line int) {
	parts := strings.Split(s, ":")
	if len(parts) > 1 {
		line, _ = strconv.Atoi(parts[1])
	}
	return lower.DecodeLine(line)
}

// maxMessage is how much of a panic's text is shown.
const maxMessage = 16 << 10
