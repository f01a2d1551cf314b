package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"syscall"
)

// A Problem is something that the person at the keyboard can solve: one sentence or two that say what is wrong and what to do.
// Its cause is for errors.Is, not for reading.
type Problem struct {
	Sentence string
	cause    error
}

func (p *Problem) Error() string { return p.Sentence }

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.cause }

func problem(cause error, format string, args ...any) *Problem {
	return &Problem{fmt.Sprintf(format, args...), cause}
}

// explain turns an error about a file into a Problem where the person can do something about it.
func explain(err error, prefix string) error {
	var known *Problem
	var path *fs.PathError
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return problem(err, "You may not write to %s: choose a folder of your own with -prefix DIR.", prefix)
	case errors.Is(err, syscall.ENOSPC):
		return problem(err, "The disk that holds %s is full: an installation needs about 1 GB; choose another place with -prefix DIR.", prefix)
	case errors.Is(err, syscall.ENOTDIR) && errors.As(err, &path):
		return problem(err, "%s is below a file, not a folder: choose another place with -prefix DIR.", path.Path)
	}
	if errors.As(err, &path) && strings.HasPrefix(path.Path, prefix) {
		return problem(err, "%s cannot be used (%v): choose another place with -prefix DIR.", path.Path, path.Err)
	}
	return fmt.Errorf("setup: %w", err)
}

// command runs cmd and returns what it wrote to standard output. The error of a failed command quotes the last line that it
// said, which is where programs say what is wrong.
func command(cmd *exec.Cmd) (string, error) {
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), &commandError{cmd.Path, lastLine(errs.String() + "\n" + out.String()), errs.String(), err}
	}
	return out.String(), nil
}

type commandError struct {
	path, line, said string
	err              error
}

func (e *commandError) Error() string {
	if e.line == "" {
		return fmt.Sprintf("%s: %v", e.path, e.err)
	}
	return fmt.Sprintf("%s: %s", e.path, e.line)
}

func (e *commandError) Unwrap() error { return e.err }

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if line := strings.TrimSpace(lines[i]); line != "" && !strings.HasPrefix(line, "[notice]") {
			return line
		}
	}
	return ""
}

// offline tells whether what a command said means that the network cannot be reached.
func offline(said string) bool {
	for _, sign := range []string{
		"dial tcp", "no such host", "i/o timeout", "connection refused", "network is unreachable", "module lookup disabled",
		"NewConnectionError", "Failed to establish a new connection", "Temporary failure in name resolution", "ProxyError",
		"NameResolutionError", "Max retries exceeded", "TLS handshake timeout", "proxyconnect",
	} {
		if strings.Contains(said, sign) {
			return true
		}
	}
	return false
}
