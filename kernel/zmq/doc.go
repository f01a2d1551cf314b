// Package zmq carries the Jupyter messaging protocol over ZeroMQ: a Server with the kernel's five sockets and a Client with
// the front end's. It is the only package that knows github.com/go-zeromq/zmq4.
//
// Of zmq4 it uses the connection (zmq4.Open, RecvMsg, SendMsg) and none of the sockets. The stock sockets make the handshake
// inside the accept loop, so that one silent peer keeps everybody out; their XPUB hides subscriptions; one stalled subscriber
// stops them all, or loses messages, the idle status among them; Close forgets what is queued; two peers with one identity both
// get the reply. The sockets here are small because they do only what a kernel needs.
//
// What protects the kernel from what arrives:
//
//   - Every handshake has a goroutine and a deadline of its own. When very many are under way the oldest gives way.
//   - A socket has a bounded number of peers. When it is full, one that never did what a front end does gives way to the next; when
//     all are front ends the next is turned away, and those that are served stay served.
//   - A guard stands between the network and zmq4. It parses the greeting, the handshake and every frame header before zmq4
//     sees a byte, and checks them against limits: zmq4 allocates what a header claims and panics on claims that are absurd and
//     on socket types that it does not know. A frame that is announced costs memory only as far as it has arrived.
//   - Commands, and messages without a byte, are no messages: the guard answers pings and drops the rest.
//   - Each peer has a bounded queue and a goroutine that writes it. A subscriber that stops reading loses output, then gets a
//     message that says so, and never loses a status; nobody waits for it, except that the output of a cell waits a bounded
//     time for a subscriber that is slow but reads.
//   - Whatever goes wrong with a peer is counted in Stats, logged with growing gaps, and ends at most that peer.
//
// A kernel that is given a registration file instead of a connection file (JEP 66) chooses its ports and tells them: see
// Registration.
//
// A connection file with keys (curve_publickey and curve_secretkey, from jupyter_client 8.9 on) encrypts all five sockets by
// CurveZMQ: what passes can be read by nobody else, and a front end that does not know the public key never gets past the
// handshake. zmq4 cannot carry that, so it is made below it: a tunnel stands between the network and the guard. Its primitives are
// those of golang.org/x/crypto/nacl/box, which the standard library does not have (XSalsa20 with Poly1305).
//
// The map: connection.go holds the connection file, registration.go that other one; guard.go and handshake.go the guard; curve.go
// the keys and the handshake of CurveZMQ, tunnel.go its frames; listener.go accepts; peer.go is one connection with its queue;
// router.go, xpub.go and heartbeat.go are the sockets; server.go puts them together; client.go, link.go and execute.go are the
// other side; options.go has the limits and stats.go counts.
package zmq
