// Package wire turns the frames of the Jupyter messaging protocol into typed messages and back. It does no I/O.
//
// On a socket a message is a list of frames:
//
//	identity …          zero or more routing frames (on IOPub: one topic frame)
//	<IDS|MSG>           the delimiter, which only this package knows
//	signature           HMAC-SHA256 of the next four frames in hex, or nothing when the key is empty
//	header              who sent what, when
//	parent_header       the header of the request that this answers, byte for byte
//	metadata
//	content             one typed struct per message type
//	buffer …            zero or more binary frames, not signed
//
// A Codec signs and verifies. It verifies the bytes that arrived, never a re-serialisation of them, before it parses any of
// them, and it refuses a signature that it has seen before. What does not decode is a Fault: one constant per way in which
// frames can be wrong, so that a transport can count them and go on.
//
// An Author makes messages: it owns a session id and hands out message ids that are used once.
//
// The map: message.go holds Header, Message and Author; codec.go the framing; replay.go the memory of signatures; fault.go
// the faults; requests.go, replies.go, iopub.go, stdin.go and comm.go the contents; table.go lists them by name; bundle.go
// encodes MIME bundles; text.go writes JSON strings that are valid whatever the bytes; cursor.go counts in code points.
//
// The protocol is described at https://jupyter-client.readthedocs.io/en/stable/messaging.html (version 5.5); contents that
// come from elsewhere say where: JEP 65 (welcome), JEP 91 (subshells), JEP 92 (supported features). The handshake by which a
// kernel tells its ports (JEP 66, version 5.6) is no message in this sense: bare.go has its two frames.
package wire
