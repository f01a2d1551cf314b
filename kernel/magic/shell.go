package magic

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"joule/kernel"
)

func shellMagics() []Magic {
	return []Magic{{
		Name: "!", Usage: "!COMMAND",
		Doc: "Runs a command of the shell. Its output appears while it runs, an interrupt ends it and everything that it started, " +
			"and it has no standard input. A command that fails says so; the cell goes on. A backslash at the end of a line joins " +
			"the next line to it. It runs in the directory and with the environment of the cells (%cd, %env). {EXPRESSION} and $NAME stand " +
			"for values of the session. Where !NAME is right as Go, it is Go.",
		Run: func(c *Call) error {
			text, err := c.expand(c.Line.Args)
			if err != nil {
				return err
			}
			status, err := c.command(c.Ctx, shell(), "-c", text)
			if err == nil && status != "" {
				c.Out.Stream("stderr", []byte("["+status+"]\n"))
			}
			return err
		},
	}, {
		Name: "bash", Usage: "%%bash [ARGUMENT…]\nscript",
		Doc:  "Runs the cell as a script of bash, like !COMMAND. A script that fails is an error of the cell.",
		Cell: func(c *Call) error { return c.script("bash") },
	}, {
		Name: "sh", Usage: "%%sh [ARGUMENT…]\nscript",
		Doc:  "Runs the cell as a script of sh, like !COMMAND. A script that fails is an error of the cell.",
		Cell: func(c *Call) error { return c.script("sh") },
	}}
}

// shell is the shell for single commands.
func shell() string {
	for _, name := range []string{"bash", "sh"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return "sh"
}

// script runs the body of the cell.
func (c *Call) script(name string) error {
	args := append([]string{"-c", c.Parts.Body, name}, words(c.Line.Args)...)
	status, err := c.command(c.Ctx, name, args...)
	if err == nil && status != "" {
		return failure("CommandFailed", name+": "+status)
	}
	return err
}

// command runs a program where the cells run. status says how it failed; err that it did not run, or was interrupted.
func (c *Call) command(ctx context.Context, name string, args ...string) (status string, err error) {
	where, err := c.host.Ask(ctx, Question{})
	if err != nil {
		return "", err
	}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = where.Dir, where.Env
	return c.commands.run(ctx, cmd, c.Out)
}

// commands are the processes that cells started and that may still run.
type commands struct {
	mu      sync.Mutex
	closed  bool
	running map[*exec.Cmd]bool
}

// lingering is how long the output of processes that a command left in the background is waited for: what they say later still
// appears below the cell.
const lingering = 100 * time.Millisecond

// run runs cmd in a process group of its own. Its output goes to out as it comes.
func (s *commands) run(ctx context.Context, cmd *exec.Cmd, out kernel.Output) (status string, err error) {
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	var running sync.WaitGroup
	var pumps []*pump
	var ours []*os.File
	for _, stream := range []struct {
		name string
		to   func(f *os.File)
	}{{"stdout", func(f *os.File) { cmd.Stdout = f }}, {"stderr", func(f *os.File) { cmd.Stderr = f }}} {
		r, w, err := os.Pipe()
		if err != nil {
			return "", fmt.Errorf("magic: %w", err)
		}
		stream.to(w)
		ours = append(ours, w)
		p := newPump(r, stream.name, out)
		pumps = append(pumps, p)
		running.Go(p.run)
	}
	ownGroup(cmd)
	err = s.start(cmd)
	for _, w := range ours {
		w.Close()
	}
	if err != nil {
		return "", fmt.Errorf("magic: %w", err)
	}
	silent := make(chan struct{}) // when nobody can write any more
	go func() {
		running.Wait()
		s.forget(cmd)
		close(silent)
	}()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		end(cmd, ended)
		<-silent
		return "", ctx.Err()
	}
	for _, p := range pumps {
		p.drain()
	}
	select {
	case <-silent:
	case <-time.After(lingering):
	}
	return exitStatus(err)
}

// end asks the group to go, and makes it go.
func end(cmd *exec.Cmd, ended <-chan error) {
	interruptGroup(cmd)
	select {
	case <-ended:
	case <-time.After(time.Second):
	}
	killGroup(cmd)
}

func exitStatus(err error) (string, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "", nil
	case errors.As(err, &exit):
		return exit.String(), nil
	}
	return "", fmt.Errorf("magic: %w", err)
}

func (s *commands) start(cmd *exec.Cmd) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("the kernel is shutting down")
	}
	if s.running == nil {
		s.running = map[*exec.Cmd]bool{}
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.running[cmd] = true
	return nil
}

func (s *commands) forget(cmd *exec.Cmd) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, cmd)
}

// close ends what still runs.
func (s *commands) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for cmd := range s.running {
		killGroup(cmd)
	}
}

// words splits arguments at blanks; quotes keep blanks together.
func words(s string) (list []string) {
	var word []byte
	quote, inside := byte(0), false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			} else {
				word = append(word, c)
			}
		case c == '"' || c == '\'':
			quote, inside = c, true
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			if inside {
				list = append(list, string(word))
			}
			word, inside = nil, false
		default:
			word, inside = append(word, c), true
		}
	}
	if inside {
		list = append(list, string(word))
	}
	return list
}
