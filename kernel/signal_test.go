//go:build unix

package kernel_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"joule/kernel"
	"joule/kernel/kerneltest"
	"joule/kernel/wire"
)

// TestSignal: SIGINT interrupts the cell, also in a process that was started with SIGINT ignored, as shells without job
// control start what runs in the background. The test runs itself as that process.
func TestSignal(t *testing.T) {
	if os.Getenv("KERNEL_TEST_SIGNAL") != "" {
		serveSignals(t)
		return
	}
	for _, script := range []string{`exec "$0" "$@"`, `trap "" INT; exec "$0" "$@"`} {
		ctx, cancel := context.WithTimeout(context.Background(), kerneltest.Patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, "sh", "-c", script, os.Args[0], "-test.run=^TestSignal$", "-test.v")
		cmd.Env = append(os.Environ(), "KERNEL_TEST_SIGNAL=1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		for lines := bufio.NewScanner(out); lines.Scan(); {
			log.WriteString(lines.Text() + "\n")
			if lines.Text() == "running" {
				cmd.Process.Signal(syscall.SIGINT)
			}
		}
		if err := cmd.Wait(); err != nil || !strings.Contains(log.String(), "interrupted\n") {
			t.Errorf("%s: %v\n%s", script, err, log.String())
		}
	}
}

// serveSignals is the process that is interrupted.
func serveSignals(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	s := kerneltest.Start(t, new(kerneltest.Toy), kernel.Options{Interrupts: signals})
	s.Send(kernel.Shell, run("print x\nforever"))
	for m := s.Next(kernel.IOPub); m.Header.MsgType != "stream"; m = s.Next(kernel.IOPub) {
	}
	os.Stdout.WriteString("running\n")
	if r := kerneltest.Content[wire.ExecuteReply](t, s.Expect(kernel.Shell, "execute_reply")); r.EName == "Interrupted" {
		os.Stdout.WriteString("interrupted\n")
	}
}
