package notebook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"joule/kernel/zmq"
)

// child is a kernel as a process of its own, in a process group of its own: Ctrl-C reaches the runner alone, which then ends
// the kernel.
type child struct {
	cmd        *exec.Cmd
	connection zmq.Connection
	dir        string // holds the connection file
	said       tail   // the end of its standard output and error
	gone       chan struct{}
	err        error // how it ended; to be read after gone
}

// start starts argv, in which {connection_file} is replaced.
func start(argv []string, dir string, env []string) (*child, error) {
	if len(argv) == 0 {
		return nil, errors.New("notebook: no command for the kernel was given")
	}
	tmp, err := os.MkdirTemp("", "joule-run-")
	if err != nil {
		return nil, fmt.Errorf("notebook: %w", err)
	}
	k := &child{connection: zmq.NewConnection(), dir: tmp, gone: make(chan struct{})}
	file := filepath.Join(tmp, "connection.json")
	err = choosePorts(&k.connection)
	if err == nil {
		err = k.connection.Write(file)
	}
	if err != nil {
		os.RemoveAll(tmp)
		return nil, err
	}
	args := make([]string, len(argv))
	for i, a := range argv {
		args[i] = strings.ReplaceAll(a, "{connection_file}", file)
	}
	k.cmd = exec.Command(args[0], args[1:]...)
	k.cmd.Dir = dir
	// A kernel ends itself when the process with this number is gone: Jupyter's own convention.
	k.cmd.Env = append(append(os.Environ(), env...), fmt.Sprintf("JPY_PARENT_PID=%d", os.Getpid()))
	k.cmd.Stdout, k.cmd.Stderr = &k.said, &k.said
	k.cmd.WaitDelay = time.Second // what it started may hold its output open
	ownGroup(k.cmd)
	if err := k.cmd.Start(); err != nil {
		os.RemoveAll(tmp)
		return nil, fmt.Errorf("notebook: the kernel does not start: %w", err)
	}
	go func() {
		k.err = k.cmd.Wait()
		close(k.gone)
	}()
	return k, nil
}

// choosePorts asks the system for five free ports. Another process may take one before the kernel does: then the kernel does
// not start, and says so.
func choosePorts(c *zmq.Connection) error {
	var held []net.Listener
	defer func() {
		for _, l := range held {
			l.Close()
		}
	}()
	for _, port := range []*int{&c.ShellPort, &c.IOPubPort, &c.StdinPort, &c.ControlPort, &c.HBPort} {
		l, err := net.Listen("tcp", net.JoinHostPort(c.IP, "0"))
		if err != nil {
			return fmt.Errorf("notebook: no free port: %w", err)
		}
		held = append(held, l)
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return nil
}

// death describes the end of the kernel.
func (k *child) death() string {
	text := "the kernel ended"
	if k.err != nil {
		text += " (" + k.err.Error() + ")"
	}
	if said := strings.TrimSpace(k.said.String()); said != "" {
		text += "; its last words:\n" + said
	}
	return text
}

// stop waits until the kernel has ended, which it was asked to do, and ends it and everything in its group when that takes
// longer than grace.
func (k *child) stop(grace time.Duration) {
	select {
	case <-k.gone:
	case <-time.After(grace):
		killGroup(k.cmd)
		<-k.gone
	}
	os.RemoveAll(k.dir)
}

// interrupted returns a context that ends when the kernel does.
func (k *child) context(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-k.gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	data []byte
}

const tailSize = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if over := len(t.data) - tailSize; over > 0 {
		t.data = append(t.data[:0], t.data[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(string(t.data), "")
}
