package kernel

import (
	"errors"

	"joule/kernel/wire"
)

// Channel names one of the sockets between a kernel and its front ends. The heartbeat has none: a transport answers it alone.
type Channel int

// The channels.
const (
	Shell Channel = iota
	Control
	Stdin
	IOPub
)

// String returns the protocol's name of the channel.
func (c Channel) String() string {
	return [...]string{"shell", "control", "stdin", "iopub"}[c]
}

// A Transport carries messages between one kernel and any number of front ends. It signs and verifies, deals with whatever
// arrives that is not a message, and answers the heartbeat; the kernel sees verified messages only.
type Transport interface {
	// Start begins to accept front ends and to hand what they send to r. It is called once.
	Start(r Receiver) error

	// Send queues messages; what is sent together may be written together. On IOPub a message goes to every front end that has
	// subscribed to its topic, elsewhere to the one that its identities name; the error is ErrNoRoute when that one is not
	// connected. Send may wait a bounded time for a front end that reads slowly on IOPub, and never waits on the other channels.
	Send(c Channel, list ...*wire.Message) error

	// Close sends what is queued, within a time limit of the transport's own, and ends. It may be called twice.
	Close() error
}

// A Receiver takes what a Transport receives. The methods are called from many goroutines.
type Receiver interface {
	// Receive takes one message from the Shell, Control or Stdin channel. Messages of one front end on one channel come in
	// order. Receive may wait: then that front end waits, and no other.
	Receive(c Channel, m *wire.Message)

	// Welcome returns the first message for a new subscription on IOPub. The transport queues it for that subscriber before
	// any other message of the subscription.
	Welcome(topic string) *wire.Message

	// Subscribed is called after the welcome has been queued.
	Subscribed(topic string)

	// Cut returns the message that tells a subscriber that n messages were not sent to it, because it read too slowly.
	Cut(n int) *wire.Message
}

// ErrNoRoute says that no front end with the identity of a message is connected.
var ErrNoRoute = errors.New("kernel: no such front end")
