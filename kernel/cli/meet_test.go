//go:build unix

package cli_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"joule/install/setup/setuptest"
	"joule/kernel"
	"joule/kernel/wire"
	"joule/kernel/zmq"
)

// TestRegistrationFile: a program on libzmq starts the kernel with a registration file, is told the ports, acknowledges, connects,
// and restarts the kernel with the same file; a kernel that is refused ends.
func TestRegistrationFile(t *testing.T) {
	python, layout := setuptest.Python(t), setuptest.Installed(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, filepath.Join("testdata", "registration.py"), layout.Joule(), t.TempDir())
	cmd.Env = setuptest.Env(t, layout)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestIPC: a kernel serves sockets in the file system, and removes them.
func TestIPC(t *testing.T) {
	dir, err := os.MkdirTemp("", "j") // a short name: those of sockets have about a hundred bytes
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "connection.json")
	c := zmq.NewConnection()
	c.Transport, c.IP = "ipc", filepath.Join(dir, "kernel")
	if err := c.Write(path); err != nil {
		t.Fatal(err)
	}
	p := launchFile(t, path, `exec "$JOULE" kernel -f "$FILE"`)
	if r := p.run(t, "6 * 7", nil); r.Status != wire.OK {
		t.Fatalf("%+v", r)
	}
	control[wire.ShutdownReply](t, p, wire.ShutdownRequest{})
	if status := p.ended(t); status != 0 {
		t.Errorf("status %d\n%s", status, &p.said)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "kernel*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestHistoryIsShared: what one kernel ran the next one finds, while the first still runs; a history that is a folder, not a file,
// breaks no cell.
func TestHistoryIsShared(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history.jsonl")
	ask := func(p *process) (inputs []string) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		r, err := zmq.Call[wire.HistoryReply](ctx, p.Client, kernel.Shell, wire.HistoryRequest{Access: "search", Pattern: "*shared*", Output: true})
		for err == nil && r.Status != wire.OK && ctx.Err() == nil { // a kernel waits two seconds for a slow disk, and then says so
			r, err = zmq.Call[wire.HistoryReply](ctx, p.Client, kernel.Shell, wire.HistoryRequest{Access: "search", Pattern: "*shared*", Output: true})
		}
		if err != nil || r.Status != wire.OK {
			t.Fatal(r.Status, err)
		}
		for _, e := range r.History {
			text := e.Input
			if e.Output != nil {
				text += " = " + *e.Output
			}
			inputs = append(inputs, text)
		}
		return inputs
	}
	line := `JOULE_HISTORY='` + file + `' exec "$JOULE" kernel -f "$FILE"`
	first := launch(t, line)
	first.run(t, "shared := 42", nil)
	first.run(t, "shared", nil)
	want := []string{"shared := 42", "shared = 42"}
	if got := ask(first); !slices.Equal(got, want) {
		t.Errorf("the first kernel finds %q", got)
	}
	if got := ask(launch(t, line)); !slices.Equal(got, want) {
		t.Errorf("the second kernel finds %q", got)
	}
	_, seen := launch(t, line).on(t, "", "%history -g shared", nil)
	if want := "1/1: shared := 42\n1/2: shared\n"; seen != want {
		t.Errorf("%%history -g shows %q, want %q", seen, want)
	}
	broken := launch(t, `JOULE_HISTORY='`+filepath.Dir(file)+`' exec "$JOULE" kernel -f "$FILE"`)
	if r := broken.run(t, "shared := 1", nil); r.Status != wire.OK {
		t.Errorf("%+v", r)
	}
	if got := ask(broken); !slices.Equal(got, []string{"shared := 1"}) {
		t.Errorf("without a file: %q", got)
	}
	off := launch(t, `JOULE_HISTORY=off exec "$JOULE" kernel -f "$FILE"`)
	if got := ask(off); len(got) != 0 {
		t.Errorf("switched off: %q", strings.Join(got, "; "))
	}
}
