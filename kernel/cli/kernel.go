package cli

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"joule/kernel"
	"joule/kernel/zmq"
)

// runKernel serves the front end whose connection file is given, until it asks for a shutdown, SIGTERM comes or the process that
// started the kernel is gone. SIGINT interrupts the running cell, also where it was ignored when this process started.
func runKernel(ctx context.Context, s streams, args []string) int {
	flags := newFlags(s, "kernel", "-f FILE")
	file := flags.String("f", "", "the connection `file`, which the front end has written")
	operands, status, ok := parse(s, flags, args)
	if !ok {
		return status
	}
	if *file == "" || len(operands) > 0 {
		return s.fail(2, "kernel needs a connection file: joule kernel -f FILE")
	}
	connection, err := zmq.ReadConnection(*file)
	if err != nil {
		return s.fail(2, "%v", err)
	}
	p, err := findPlace()
	if err != nil {
		return s.fail(1, "%v", err)
	}
	p.preferToolchain()
	return serve(ctx, s, p, *file, connection)
}

func serve(ctx context.Context, s streams, p place, file string, connection zmq.Connection) int {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go watchParent(ctx, cancel)

	log := slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	transport, err := zmq.Listen(connection, zmq.Options{Log: log})
	if err != nil {
		return s.fail(1, "%v", err)
	}
	if transport.Connection() != connection { // ports that were left to be chosen
		if err := transport.Connection().Write(file); err != nil {
			return s.fail(1, "%v", err)
		}
	}
	engine, err := newEngine(p, log)
	if err != nil {
		transport.Close()
		return s.fail(1, "%v", err)
	}
	context.AfterFunc(ctx, func() { // whatever hangs, the process ends
		time.Sleep(10 * time.Second)
		os.Exit(1)
	})
	err = kernel.Serve(ctx, engine, transport, kernel.Options{Interrupts: interrupts, Ports: transport.Ports(), Log: log})
	if err != nil {
		return s.fail(1, "%v", err)
	}
	return 0
}

// watchParent calls end when the process that the kernel was started for is gone. Front ends give its number in
// JPY_PARENT_PID; a kernel that was started by hand has none and stays.
func watchParent(ctx context.Context, end func()) {
	pid, err := strconv.Atoi(os.Getenv("JPY_PARENT_PID"))
	if err != nil || pid <= 1 {
		return
	}
	gone := parentGone(pid)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for !gone() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
	end()
}
