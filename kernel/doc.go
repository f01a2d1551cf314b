// Package kernel is a Jupyter kernel without a language: it serves the messaging protocol for an Engine.
//
// Serve reads requests from a Transport and answers each through one table of handlers, one per request type. A handler is a
// function from a typed request to a typed reply or an error; one wrapper publishes busy, runs it, flushes the output and
// publishes idle, so no handler can forget.
//
// Three rules keep it alive and in order:
//
//   - Who waits. Requests on shell wait for each other, and cells wait when they print more than can be published. Control
//     waits for nobody: its own goroutine, and no handler there that could block. The publisher waits for slow front ends only
//     as long as its transport promises.
//   - Who owns what. The publisher goroutine owns IOPub; the goroutine of a shell owns its execution count. Everything else
//     that is shared has a mutex beside it.
//   - What an error is. A handler's error or panic, and content that does not fit, are an error reply; nothing that a front end
//     sends or an engine does ends Serve, except a shutdown.
//
// The map: engine.go and transport.go are the two sides; serve.go starts and ends everything; shell.go is a queue of requests,
// of which each subshell has one; handle.go has the table and the wrapper; execute.go, language.go, history.go, comms.go,
// subshell.go, usage.go and lifecycle.go are the handlers; publisher.go is IOPub; output.go and stdin.go are what a running cell
// sees of it.
package kernel
