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
	"joule/kernel/history"
	"joule/kernel/zmq"
)

// runKernel serves the front end whose connection file is given, until it asks for a shutdown, SIGTERM comes or the process that
// started the kernel is gone. SIGINT interrupts the running cell, also where it was ignored when this process started. The file may
// be a registration file: then the kernel chooses its ports, tells them to whoever wrote the file, and ends when that is not
// acknowledged.
func runKernel(ctx context.Context, s streams, args []string) int {
	flags := newFlags(s, "kernel", "-f FILE")
	file := flags.String("f", "", "the connection or registration `file`, which the front end has written")
	operands, status, ok := parse(s, flags, args)
	if !ok {
		return status
	}
	if *file == "" || len(operands) > 0 {
		return s.fail(2, "kernel needs a connection file: joule kernel -f FILE")
	}
	meet, err := readMeeting(*file)
	if err != nil {
		return s.fail(2, "%v", err)
	}
	p, err := findPlace()
	if err != nil {
		return s.fail(1, "%v", err)
	}
	p.preferToolchain()
	return serve(ctx, s, p, meet)
}

// A meeting is how kernel and front end find each other: by a file that says where to listen, or by one that says whom to tell.
type meeting struct {
	file         string
	connection   zmq.Connection
	registration *zmq.Registration // nil for a connection file
}

func readMeeting(file string) (m meeting, err error) {
	m.file = file
	registration, registers, err := zmq.ReadRegistration(file)
	if err != nil {
		return m, err
	}
	if registers {
		m.registration, m.connection = &registration, registration.Connection()
		return m, nil
	}
	m.connection, err = zmq.ReadConnection(file)
	return m, err
}

// acknowledged is how long the program that starts a kernel may take to acknowledge it.
const acknowledged = 30 * time.Second

// announce tells where the kernel listens: whoever wrote the registration file, and the readers of the file.
func (m meeting) announce(ctx context.Context, at zmq.Connection, o zmq.Options) error {
	if m.registration != nil {
		ctx, cancel := context.WithTimeout(ctx, acknowledged)
		defer cancel()
		if err := m.registration.Register(ctx, at, o); err != nil {
			return err
		}
		return m.registration.WriteConnection(m.file, at)
	}
	if at != m.connection { // ports that were left to be chosen
		return at.Write(m.file)
	}
	return nil
}

func serve(ctx context.Context, s streams, p place, meet meeting) int {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go watchParent(ctx, cancel)

	log := slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	limits := zmq.Options{Log: log}
	transport, err := zmq.Listen(meet.connection, limits)
	if err != nil {
		return s.fail(1, "%v", err)
	}
	if err := meet.announce(ctx, transport.Connection(), limits); err != nil {
		transport.Close()
		return s.fail(1, "%v", err)
	}
	engine, err := newEngine(p, log)
	if err != nil {
		transport.Close()
		return s.fail(1, "%v", err)
	}
	context.AfterFunc(ctx, func() { // whatever hangs, the process ends
		time.Sleep(30 * time.Second)
		os.Exit(1)
	})
	o := kernel.Options{Interrupts: interrupts, Ports: transport.Ports(), Log: log}
	if path := history.Path(); path != "" {
		store := history.Open(path, history.Options{Log: log})
		defer store.Close()
		o.History = store
	}
	if err := kernel.Serve(ctx, engine, transport, o); err != nil {
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
