package zmq

import (
	"os/exec"
	"path/filepath"
	"testing"

	"joule/kernel"
	"joule/kernel/kerneltest"
)

// runPython runs a script of testdata against a kernel with the toy engine; the script shuts the kernel down.
func runPython(t *testing.T, script string, modules ...string) {
	python := kerneltest.Python(t, modules...)
	r := start(t, Options{}, kernel.Options{})
	file := filepath.Join(t.TempDir(), "connection.json")
	if err := r.Connection().Write(file); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(within(t), python, filepath.Join("testdata", script), file).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
	r.wait(t)
	if n := total(r.Stats().Faults); n > 0 {
		t.Errorf("faults: %v", r.Stats().Faults)
	}
}

// TestLibzmq: a front end on libzmq is served on every channel.
func TestLibzmq(t *testing.T) { runPython(t, "libzmq.py", "zmq") }

// TestJupyterClient: so is jupyter_client.
func TestJupyterClient(t *testing.T) { runPython(t, "jupyter.py", "jupyter_client") }
