package zmq

import (
	"bufio"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"joule/kernel"
	"joule/kernel/kerneltest"
	"joule/kernel/wire"
)

// runPython runs a script of testdata against a kernel with the toy engine; the script shuts the kernel down.
func runPython(t *testing.T, c Connection, script string, modules ...string) {
	python := kerneltest.Python(t, modules...)
	r := startOn(t, c, Options{Handshake: patience, Patience: patience, Linger: patience}, kernel.Options{})
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
func TestLibzmq(t *testing.T) { runPython(t, NewConnection(), "libzmq.py", "zmq") }

// TestLibzmqEncrypted: and encrypted.
func TestLibzmqEncrypted(t *testing.T) {
	runPython(t, NewConnection().Encrypted(), "libzmq.py", "zmq")
}

// TestJupyterClient: so is jupyter_client.
func TestJupyterClient(t *testing.T) { runPython(t, NewConnection(), "jupyter.py", "jupyter_client") }

// TestJupyterClientEncrypted: and encrypted.
func TestJupyterClientEncrypted(t *testing.T) {
	runPython(t, NewConnection().Encrypted(), "jupyter.py", "jupyter_client")
}

// TestClientOnLibzmq: the client speaks to a kernel on libzmq, which sends no welcome.
func TestClientOnLibzmq(t *testing.T) {
	for name, c := range map[string]Connection{"plain": NewConnection(), "encrypted": NewConnection().Encrypted()} {
		t.Run(name, func(t *testing.T) { clientOnLibzmq(t, c) })
	}
}

func clientOnLibzmq(t *testing.T, c Connection) {
	python := kerneltest.Python(t, "zmq")
	file := filepath.Join(t.TempDir(), "connection.json")
	if err := c.Write(file); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(within(t), python, filepath.Join("testdata", "kernel.py"), file)
	var said strings.Builder
	cmd.Stderr = &said
	stdout := must(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(stdout).ReadBytes('\n')
	c, err := ParseConnection(line)
	if err != nil {
		t.Fatalf("%v: %s %s", err, line, &said)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	k := dial(t, c)
	if err := k.Ping(within(t)); err != nil {
		t.Error(err)
	}
	var text string
	reply, err := k.Execute(within(t), wire.ExecuteRequest{Code: "é" + strings.Repeat("x", 1<<20), AllowStdin: true}, Listener{
		Input: func(context.Context, wire.InputRequest) (string, error) { return "answer", nil },
		Output: func(m *wire.Message) {
			if s, err := wire.Parse[wire.Stream](m); err == nil {
				text += s.Text
			}
		}})
	if err != nil || reply.Status != wire.OK || !strings.HasPrefix(text, "éxxx") || !strings.HasSuffix(text, "xanswer") {
		t.Errorf("%d bytes, %+v, %v", len(text), reply, err)
	}
	if _, err := k.Request(within(t), kernel.Control, wire.ShutdownRequest{}); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("%v: %s", err, said.String())
	}
	select {
	case <-k.Done():
	case <-time.After(patience):
		t.Error("the client does not notice the end of the kernel")
	}
}
