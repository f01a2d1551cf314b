//go:build !unix

package setup

import (
	"os"
	"os/exec"
)

// ownGroup does nothing where there are no process groups.
func ownGroup(*exec.Cmd) {}

// terminate ends p: there is no way to ask.
func terminate(p *os.Process) error { return p.Kill() }
