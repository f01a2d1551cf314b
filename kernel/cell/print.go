package cell

import (
	"fmt"
	"log"
	"os"
)

// Print, Printf and Println are those of fmt, to the calling goroutine's cell.

// Print is fmt.Print to the cell's standard output.
func Print(a ...any) (int, error) { return write(fmt.Append(nil, a...)) }

// Printf is fmt.Printf to the cell's standard output.
func Printf(format string, a ...any) (int, error) { return write(fmt.Appendf(nil, format, a...)) }

// Println is fmt.Println to the cell's standard output.
func Println(a ...any) (int, error) { return write(fmt.Appendln(nil, a...)) }

func write(p []byte) (int, error) {
	if r := Current(); r != nil {
		r.Sink().Stream("stdout", p)
		return len(p), nil
	}
	return os.Stdout.Write(p)
}

// LogFatal is log.Fatal, which ends the cell.
func LogFatal(a ...any) { log.Print(a...); Exit(1) }

// LogFatalf is log.Fatalf, which ends the cell.
func LogFatalf(format string, a ...any) { log.Printf(format, a...); Exit(1) }

// LogFatalln is log.Fatalln, which ends the cell.
func LogFatalln(a ...any) { log.Println(a...); Exit(1) }

// LoggerFatal is l.Fatal, which ends the cell.
func LoggerFatal(l *log.Logger, a ...any) { l.Output(2, fmt.Sprint(a...)); Exit(1) }

// LoggerFatalf is l.Fatalf, which ends the cell.
func LoggerFatalf(l *log.Logger, format string, a ...any) {
	l.Output(2, fmt.Sprintf(format, a...))
	Exit(1)
}

// LoggerFatalln is l.Fatalln, which ends the cell.
func LoggerFatalln(l *log.Logger, a ...any) { l.Output(2, fmt.Sprintln(a...)); Exit(1) }

// A Frame is a function that a panic left, innermost first.
type Frame struct{ Position, Function string }

// Frame notes a function that a panic leaves; the interpreter reports them while they pass.
func (r *Record) Frame(position, function string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frames = append(r.frames, Frame{position, function})
}

// Frames hands over the frames of the panic that ended the cell.
func (r *Record) Frames() []Frame {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.frames
	r.frames = nil
	return f
}
