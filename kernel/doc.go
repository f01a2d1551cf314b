// Package kernel is a Jupyter kernel without a language: it serves the messaging protocol for an Engine.
//
// Serve reads requests from a Transport and answers each through one table of handlers, one per request type. A handler is a
// function from a typed request to a typed reply or an error; one wrapper publishes busy, runs it, flushes the output and
// publishes idle, so no handler can forget.
package kernel
