// Command bench times the kernel beside ipykernel in one run, over the same raw client, and prints the ratios:
//
//	go run ./kernel/bench [-joule PATH] [-python PATH] [-n 200]
//
// -joule is an installed joule program (the default is that of the default prefix), -python a Python that has ipykernel. The two
// kernels take turns, so that whatever else the machine does meets both.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"joule/install/setup"
	"joule/kernel"
	"joule/kernel/wire"
	"joule/kernel/zmq"
)

// A contestant is a kernel with its way of saying each task.
type contestant struct {
	name  string
	argv  []string // {connection_file} is replaced
	sum   string
	lines string
	wide  string // what the first cell has to be, before anything is timed
}

const lineCount = 100_000

func main() {
	layout, _ := setup.DefaultLayout()
	joule := flag.String("joule", layout.Joule(), "the installed joule `program`")
	python := flag.String("python", "python3", "a `Python` with ipykernel")
	n := flag.Int("n", 200, "round trips")
	flag.Parse()
	ours := contestant{
		name: "joule", argv: []string{*joule, "kernel", "-f", "{connection_file}"}, sum: "1 + 1",
		lines: fmt.Sprintf("import \"fmt\"\nfor i := 0; i < %d; i++ {\n\tfmt.Println(i)\n}", lineCount),
		wide:  "1",
	}
	theirs := contestant{
		name: "ipykernel", argv: []string{*python, "-m", "ipykernel_launcher", "-f", "{connection_file}"}, sum: "1 + 1",
		lines: fmt.Sprintf("for i in range(%d):\n    print(i)", lineCount),
		wide:  "1",
	}
	if err := compare(os.Stdout, ours, theirs, *n); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// figures are what was measured of one kernel, in milliseconds.
type figures struct {
	start, sum, lines []float64
	lost              int
	messages          int
}

func compare(out *os.File, ours, theirs contestant, n int) error {
	all := map[string]*figures{ours.name: {}, theirs.name: {}}
	for range 7 {
		for _, c := range []contestant{ours, theirs} {
			if err := measure(c, all[c.name], n/7+1); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	a, b := all[ours.name], all[theirs.name]
	fmt.Fprintf(out, "%-38s %10s %10s %8s\n", "", ours.name, theirs.name, "ratio")
	row := func(what string, x, y float64) { fmt.Fprintf(out, "%-38s %10.2f %10.2f %8.3f\n", what, x, y, x/y) }
	row("start to kernel_info_reply, ms, p50", quantile(a.start, 0.5), quantile(b.start, 0.5))
	row("1 + 1, ms, p50", quantile(a.sum, 0.5), quantile(b.sum, 0.5))
	row("1 + 1, ms, p95", quantile(a.sum, 0.95), quantile(b.sum, 0.95))
	row(fmt.Sprintf("%d printed lines, ms, p50", lineCount), quantile(a.lines, 0.5), quantile(b.lines, 0.5))
	fmt.Fprintf(out, "%-38s %10d %10d\n", "lines lost", a.lost, b.lost)
	fmt.Fprintf(out, "%-38s %10d %10d\n", "stream messages in all runs", a.messages, b.messages)
	return nil
}

func quantile(xs []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(xs))
	return s[min(int(q*float64(len(s))), len(s)-1)]
}

// measure starts a kernel, times it and ends it.
func measure(c contestant, f *figures, n int) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "joule-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	connection := zmq.NewConnection()
	if err := choosePorts(&connection); err != nil {
		return err
	}
	file := filepath.Join(dir, "connection.json")
	if err := connection.Write(file); err != nil {
		return err
	}
	argv := slices.Clone(c.argv)
	for i, a := range argv {
		argv[i] = strings.ReplaceAll(a, "{connection_file}", file)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	k, err := zmq.Dial(ctx, connection, zmq.Options{})
	if err != nil {
		return err
	}
	defer k.Close()
	if _, err := zmq.Call[wire.KernelInfoReply](ctx, k, kernel.Shell, wire.KernelInfoRequest{}); err != nil {
		return err
	}
	f.start = append(f.start, ms(begin))
	if _, err := run(ctx, k, c.wide, nil); err != nil {
		return err
	}
	for range n {
		t, err := run(ctx, k, c.sum, nil)
		if err != nil {
			return err
		}
		f.sum = append(f.sum, t)
	}
	var text strings.Builder
	t, err := run(ctx, k, c.lines, func(m *wire.Message) {
		if m.Header.MsgType == "stream" {
			var s struct{ Text string }
			json.Unmarshal(m.Content, &s)
			text.WriteString(s.Text)
			f.messages++
		}
	})
	if err != nil {
		return err
	}
	f.lines = append(f.lines, t)
	f.lost += lost(text.String())
	return nil
}

// lost counts the numbers that are not where they belong.
func lost(text string) (n int) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := range lineCount {
		if i >= len(lines) || lines[i] != fmt.Sprint(i) {
			n++
		}
	}
	return n
}

// run runs a cell and returns the time until its reply and its idle.
func run(ctx context.Context, k *zmq.Client, code string, output func(*wire.Message)) (float64, error) {
	begin := time.Now()
	reply, err := k.Execute(ctx, wire.ExecuteRequest{Code: code, StoreHistory: true, StopOnError: true}, zmq.Listener{Output: output})
	if err != nil {
		return 0, err
	}
	if reply.Status != "ok" {
		return 0, fmt.Errorf("%s: %s %s", code, reply.EName, reply.EValue)
	}
	return ms(begin), nil
}

func ms(since time.Time) float64 { return float64(time.Since(since).Nanoseconds()) / 1e6 }

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
