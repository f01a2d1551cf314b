//go:build !unix

package worker

import (
	"os"
	"os/exec"
)

func ownGroup(*exec.Cmd) {}

// kill ends the child.
func kill(cmd *exec.Cmd) { cmd.Process.Kill() }

// rest is what is left in a pipe: nothing can be said of it here.
func rest(*os.File) []byte { return nil }
