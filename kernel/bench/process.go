package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"joule/kernel"
	"joule/kernel/wire"
	"joule/kernel/zmq"
)

// A process is a kernel that runs, with a client.
type process struct {
	*zmq.Client
	cmd   *exec.Cmd
	dir   string
	start time.Duration // from the start of the process to the first kernel_info_reply
}

// run starts the kernel and waits until it answers.
func (c contestant) run(ctx context.Context) (p *process, err error) {
	p = new(process)
	defer func() {
		if err != nil {
			p.end()
		}
	}()
	if p.dir, err = os.MkdirTemp("", "joule-bench-"); err != nil {
		return p, err
	}
	connection := zmq.NewConnection()
	if err := c.ports.choose(&connection); err != nil {
		return p, err
	}
	file := filepath.Join(p.dir, "connection.json")
	if err := connection.Write(file); err != nil {
		return p, err
	}
	argv := slices.Clone(c.argv)
	for i, a := range argv {
		argv[i] = strings.ReplaceAll(a, "{connection_file}", file)
	}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Dir = p.dir
	// Each has a history of its own, in a folder that goes with it.
	p.cmd.Env = append(os.Environ(), "IPYTHONDIR="+filepath.Join(p.dir, "ipython"), "JOULE_HISTORY="+filepath.Join(p.dir, "history.jsonl"))
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		return p, err
	}
	if p.Client, err = zmq.Dial(ctx, connection, zmq.Options{}); err != nil {
		return p, err
	}
	if _, err := zmq.Call[wire.KernelInfoReply](ctx, p.Client, kernel.Shell, wire.KernelInfoRequest{}); err != nil {
		return p, err
	}
	p.start = time.Since(begin)
	return p, nil
}

// end shuts the kernel down, and ends it when that takes long.
func (p *process) end() {
	if p.Client != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		p.Request(ctx, kernel.Control, wire.ShutdownRequest{})
		cancel()
		p.Close()
	}
	if p.cmd != nil && p.cmd.Process != nil {
		timer := time.AfterFunc(5*time.Second, func() { p.cmd.Process.Kill() })
		p.cmd.Wait()
		timer.Stop()
	}
	os.RemoveAll(p.dir)
}

// cell runs a cell and returns the milliseconds until its reply and its idle.
func (p *process) cell(ctx context.Context, code string, output func(*wire.Message)) (float64, error) {
	begin := time.Now()
	reply, err := p.Execute(ctx, wire.ExecuteRequest{Code: code, StoreHistory: true, StopOnError: true}, zmq.Listener{Output: output})
	if err != nil {
		return 0, err
	}
	if reply.Status != wire.OK {
		return 0, fmt.Errorf("%s: %s %s", code, reply.EName, reply.EValue)
	}
	return since(begin), nil
}

func since(begin time.Time) float64 { return float64(time.Since(begin).Nanoseconds()) / 1e6 }

// A chooser hands out ports, each once: ipykernel does not write down those that it would choose itself. They lie below those that
// the system gives to outgoing connections, one of which might take a port before its kernel does.
type chooser struct {
	mu   sync.Mutex
	next int
}

func newChooser() *chooser { return &chooser{next: 12_000 + os.Getpid()%10_000} }

const lastPort = 32_000

func (c *chooser) choose(at *zmq.Connection) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range []*int{&at.ShellPort, &at.IOPubPort, &at.StdinPort, &at.ControlPort, &at.HBPort} {
		for *p == 0 {
			if c.next++; c.next > lastPort {
				return errors.New("no free port")
			}
			if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", c.next)); err == nil {
				l.Close()
				*p = c.next
			}
		}
	}
	return nil
}
