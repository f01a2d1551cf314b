//go:build unix

package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"joule/install/setup/setuptest"
	"joule/internal/needs"
	"joule/kernel"
	"joule/kernel/wire"
	"joule/kernel/zmq"
)

// patience is how long anything may take: far longer than it does, also on a computer that is slow and busy.
const patience = 5 * time.Minute

// A process is a running `joule kernel` with a client.
type process struct {
	*zmq.Client
	cmd  *exec.Cmd
	said strings.Builder
	done chan struct{} // closed when the process has ended
	err  error         // how; to be read after done
}

// launch starts a kernel through a shell line in which $JOULE and $FILE stand for the command and the connection file.
func launch(t *testing.T, line string) *process {
	t.Helper()
	path := filepath.Join(t.TempDir(), "connection.json")
	if err := zmq.NewConnection().Write(path); err != nil { // with ports that the kernel chooses and writes back
		t.Fatal(err)
	}
	return launchFile(t, path, line)
}

// launchFile starts a kernel with the connection file at path, in which the ports are left to be chosen.
func launchFile(t *testing.T, path, line string) *process {
	t.Helper()
	p := &process{cmd: exec.Command("sh", "-c", line), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "JOULE="+setuptest.Installed(t).Joule(), "FILE="+path, "JPY_PARENT_PID=", "JOULE_HISTORY="+filepath.Join(t.TempDir(), "history.jsonl"))
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.WaitDelay = patience // should something that it has started hold its output open
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() { // and nothing writes into the folders of the test any more
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	client, err := zmq.Dial(ctx, p.chosen(ctx, t, path), zmq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p.Client = client
	t.Cleanup(func() { client.Close() })
	return p
}

// chosen waits until the kernel has written its ports into the file.
func (p *process) chosen(ctx context.Context, t *testing.T, path string) zmq.Connection {
	t.Helper()
	for {
		c, err := zmq.ReadConnection(path)
		if err != nil {
			t.Fatal(err)
		}
		if c.HBPort != 0 {
			return c
		}
		select {
		case <-p.done:
			t.Fatalf("the kernel has ended: %v\n%s", p.err, &p.said)
		case <-ctx.Done():
			t.Fatal("the kernel does not choose its ports")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// run runs a cell.
func (p *process) run(t *testing.T, code string, started func()) wire.ExecuteReply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	reply, err := p.Execute(ctx, wire.ExecuteRequest{Code: code, StoreHistory: true, StopOnError: true}, zmq.Listener{
		Output: func(m *wire.Message) {
			if m.Header.MsgType == "stream" && started != nil {
				started()
				started = nil
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// ended waits for the end of the process and returns its exit status.
func (p *process) ended(t *testing.T) int {
	t.Helper()
	select {
	case <-p.done:
		var exit *exec.ExitError
		if errors.As(p.err, &exit) {
			return exit.ExitCode()
		}
		return 0
	case <-time.After(patience):
		t.Fatal("the kernel does not end")
		return -1
	}
}

const endless = "import \"fmt\"\nkept := 42\nfmt.Println(\"running\")\nfor {\n}"

// SIGINT ends the running cell and nothing else, whether or not SIGINT was ignored when the kernel was started; in an idle kernel it
// does no harm.
func TestInterruptSignal(t *testing.T) {
	for name, line := range map[string]string{
		"as usual":          `exec "$JOULE" kernel -f "$FILE"`,
		"inherited ignored": `trap "" INT; exec "$JOULE" kernel -f "$FILE"`,
	} {
		t.Run(name, func(t *testing.T) {
			p := launch(t, line)
			// The system delivers a signal when it likes, and the process hears of it later still: one that was sent to an idle kernel
			// may end any cell that is sent afterwards. But each ends one at most.
			sent, ended := 0, 0
			interrupt := func() { sent++; p.cmd.Process.Signal(os.Interrupt) }
			run := func(code string, started func()) wire.ExecuteReply {
				for {
					before := sent
					r := p.run(t, code, started)
					if r.EName == "Interrupted" {
						ended++
					}
					if r.EName != "Interrupted" || ended > sent || sent > before {
						return r
					}
				}
			}
			interrupt()
			if r := run("6 * 7", nil); r.Status != wire.OK {
				t.Fatalf("%+v", r)
			}
			if r := run(endless, interrupt); r.EName != "Interrupted" {
				t.Errorf("the endless cell: %+v", r)
			}
			if r := run("kept", nil); r.Status != wire.OK {
				t.Errorf("the state is lost: %+v", r)
			}
		})
	}
}

// SIGTERM and a shutdown end the kernel, and its worker, also while a cell runs.
func TestEnd(t *testing.T) {
	terminate := func(p *process) { p.cmd.Process.Signal(syscall.SIGTERM) }
	shutdown := func(p *process) { p.Request(context.Background(), kernel.Control, wire.ShutdownRequest{}) }
	for _, test := range []struct {
		name string
		busy bool
		end  func(*process)
	}{{"SIGTERM", false, terminate}, {"SIGTERM while busy", true, terminate}, {"shutdown", false, shutdown}, {"shutdown while busy", true, shutdown}} {
		t.Run(test.name, func(t *testing.T) {
			p := launch(t, `exec "$JOULE" kernel -f "$FILE"`)
			if r := p.run(t, "1", nil); r.Status != wire.OK {
				t.Fatalf("%+v", r)
			}
			if test.busy {
				running := make(chan struct{})
				go p.Execute(context.Background(), wire.ExecuteRequest{Code: endless}, zmq.Listener{Output: func(m *wire.Message) {
					if m.Header.MsgType == "stream" {
						close(running)
					}
				}})
				select {
				case <-running:
				case <-time.After(patience):
					t.Fatal("the cell does not run")
				}
			}
			workers := children(t, p.cmd.Process.Pid)
			if len(workers) == 0 {
				t.Error("the kernel has no worker")
			}
			test.end(p)
			if status := p.ended(t); status != 0 {
				t.Errorf("status %d\n%s", status, &p.said)
			}
			allGone(t, workers)
		})
	}
}

// When the process that started the kernel is gone, the kernel ends itself.
func TestParentGone(t *testing.T) {
	p := launch(t, `JPY_PARENT_PID=$$ "$JOULE" kernel -f "$FILE" & wait`)
	if r := p.run(t, "1", nil); r.Status != wire.OK {
		t.Fatalf("%+v", r)
	}
	kernels := children(t, p.cmd.Process.Pid)
	if len(kernels) != 1 {
		t.Fatalf("the shell has the children %v", kernels)
	}
	family := append(kernels, children(t, kernels[0])...)
	p.cmd.Process.Kill()
	p.ended(t)
	allGone(t, family)
}

// children lists the processes that were started by pid, but for the one that lists them.
func children(t *testing.T, pid int) (list []int) {
	t.Helper()
	cmd := exec.Command("ps", "-A", "-o", "pid=,ppid=")
	out, err := cmd.Output()
	if err != nil {
		needs.Skip(t, "ps does not work here: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		var child, parent int
		if _, err := fmt.Sscan(line, &child, &parent); err == nil && parent == pid && child != cmd.Process.Pid {
			list = append(list, child)
		}
	}
	return list
}

func allGone(t *testing.T, pids []int) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for _, pid := range pids {
		for running(pid) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d is still there", pid)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// running tells whether a process is there, and not only waiting to be buried by a parent that does not care.
func running(pid int) bool {
	out, err := exec.Command("ps", "-o", "stat=", "-p", fmt.Sprint(pid)).Output()
	return err == nil && !strings.HasPrefix(strings.TrimSpace(string(out)), "Z")
}
