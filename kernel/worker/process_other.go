//go:build !unix

package worker

import "os/exec"

func ownGroup(*exec.Cmd) {}

// kill ends the child.
func kill(cmd *exec.Cmd) { cmd.Process.Kill() }
