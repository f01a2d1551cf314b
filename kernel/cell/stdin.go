package cell

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// Stdin is the standard input of cells: the lines that the person types, asked for when they are read. Lowered source reads it
// in the place of os.Stdin.
var Stdin io.Reader = stdin{}

type stdin struct{}

// Read hands over what is left of the line, or asks for another. A front end that allows no input, and a person who ends it,
// are an end of file.
func (stdin) Read(p []byte) (int, error) {
	r := Current()
	if r == nil {
		return os.Stdin.Read(p)
	}
	r.mu.Lock()
	line := r.line
	r.mu.Unlock()
	if line == "" {
		text, err := r.Sink().Input(r.ctx, "", false)
		Check()
		if err != nil {
			return 0, io.EOF
		}
		line = strings.TrimSuffix(text, "\n") + "\n"
	}
	n := copy(p, line)
	r.mu.Lock()
	r.line = line[n:]
	r.mu.Unlock()
	return n, nil
}

// Scan is fmt.Scan of the cell's standard input.
func Scan(a ...any) (int, error) { return fmt.Fscan(Stdin, a...) }

// Scanf is fmt.Scanf of the cell's standard input.
func Scanf(format string, a ...any) (int, error) { return fmt.Fscanf(Stdin, format, a...) }

// Scanln is fmt.Scanln of the cell's standard input.
func Scanln(a ...any) (int, error) { return fmt.Fscanln(Stdin, a...) }

// Input asks the person for a line, with a prompt.
func Input(prompt string) (string, error) { return ask(prompt, false) }

// Password asks the person for a line that is not shown while it is typed.
func Password(prompt string) (string, error) { return ask(prompt, true) }

func ask(prompt string, password bool) (string, error) {
	r := Current()
	if r == nil {
		return "", fmt.Errorf("cell: there is nobody to ask outside a cell")
	}
	text, err := r.Sink().Input(r.ctx, prompt, password)
	Check()
	return text, err
}
