package kerneltest

import (
	"testing"

	"joule/kernel"
)

// TestToy: the toy engine is an engine.
func TestToy(t *testing.T) {
	CheckEngine(t, func(testing.TB) kernel.Engine { return new(Toy) }, Samples{
		Print: "print hello, world", Value: "6 * 7", NoValue: "x = 1", Set: "answer = 6", Get: "answer * 7", GetExpr: "answer * 7",
		Error: "error E text", Wrong: ")", Forever: "print started\nforever", Complete: "1", Incomplete: "1 +",
		Prefix: "ans", Name: "answer",
	})
}
