package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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
	if err := choosePorts(&connection); err != nil {
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

// choosePorts asks the system for free ports: ipykernel does not write down those that it would choose.
func choosePorts(c *zmq.Connection) error {
	var held []net.Listener
	defer func() {
		for _, l := range held {
			l.Close()
		}
	}()
	for _, p := range []*int{&c.ShellPort, &c.IOPubPort, &c.StdinPort, &c.ControlPort, &c.HBPort} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		held = append(held, l)
		*p = l.Addr().(*net.TCPAddr).Port
	}
	return nil
}
