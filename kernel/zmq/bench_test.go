package zmq

import (
	"strings"
	"testing"

	"joule/kernel"
	"joule/kernel/wire"
)

// BenchmarkCell is the round trip of a cell until its reply and its idle, over real sockets.
func BenchmarkCell(b *testing.B) {
	k := dial(b, start(b, Options{}, kernel.Options{}).Connection())
	for b.Loop() {
		run(b, k, "1")
	}
}

// BenchmarkHeartbeat is the round trip of an echo.
func BenchmarkHeartbeat(b *testing.B) {
	k := dial(b, start(b, Options{}, kernel.Options{}).Connection())
	ctx := within(b)
	for b.Loop() {
		if err := k.Ping(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkQueued is one of a thousand cells that are sent at once.
func BenchmarkQueued(b *testing.B) {
	k := dial(b, start(b, Options{}, kernel.Options{}).Connection())
	for b.Loop() {
		const n = 1000
		done := make(chan struct{})
		left := n
		stop := k.Observe(func(m *wire.Message) {
			if isIdle(m) {
				if left--; left == 0 {
					close(done)
				}
			}
		})
		for range n {
			if err := k.Send(kernel.Shell, must(k.New(wire.ExecuteRequest{Code: "1", StoreHistory: true}))); err != nil {
				b.Fatal(err)
			}
		}
		<-done
		stop()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "µs/cell")
}

// Benchmark100kLines is a cell that prints 100 000 lines.
func Benchmark100kLines(b *testing.B) {
	k := dial(b, start(b, Options{}, kernel.Options{}).Connection())
	messages := 0
	for b.Loop() {
		_, kinds, text := run(b, k, "flood 100000")
		if strings.Count(text, "\n") != 100_000 {
			b.Fatal("lines are lost")
		}
		messages += len(kinds) - 3
	}
	b.ReportMetric(float64(messages)/float64(b.N), "messages")
}

// BenchmarkDisplay10MB is a cell that shows ten megabytes of HTML.
func BenchmarkDisplay10MB(b *testing.B) {
	k := dial(b, start(b, Options{}, kernel.Options{}).Connection())
	b.SetBytes(10 << 20)
	for b.Loop() {
		run(b, k, "blob text/html 10485760")
	}
}
