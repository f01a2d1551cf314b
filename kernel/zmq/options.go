package zmq

import (
	"log/slog"
	"time"
)

// Options are the limits of a Server or Client. The zero value of each field is its default.
type Options struct {
	Handshake  time.Duration // for a peer to finish its handshake; 10 s
	Linger     time.Duration // for Close to send what is queued; 2 s
	Patience   time.Duration // for a slow subscriber to make room for a message; 500 ms
	MaxMessage int64         // bytes in a message, hence in a frame; 256 MiB
	MaxFrames  int           // frames in a message; 4096
	MaxQueue   int64         // bytes queued for a peer; 64 MiB
	MaxPending int           // handshakes under way on a socket; 512
	MaxPeers   int           // connections of a socket after the handshake; 512
	MaxTopics  int           // subscriptions of a peer; 1024
	Log        *slog.Logger  // where faults are told; nowhere
}

func (o Options) withDefaults() Options {
	def(&o.Handshake, 10*time.Second)
	def(&o.Linger, 2*time.Second)
	def(&o.Patience, 500*time.Millisecond)
	def(&o.MaxMessage, 256<<20)
	def(&o.MaxFrames, 4096)
	def(&o.MaxQueue, 64<<20)
	def(&o.MaxPending, 512)
	def(&o.MaxPeers, 512)
	def(&o.MaxTopics, 1024)
	return o
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
