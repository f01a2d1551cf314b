package expr

import "fmt"

// An Error is a misuse of an operation, found while tracing. It is the value that the operation panics with, so that chained
// calls read without error handling; whoever calls a traced function recovers it (ebm.Trace does).
type Error struct {
	Op  string // the operation as the person wrote it, such as "Add"
	Msg string // what is wrong, with the shapes of the operands
}

// Error returns "ebm: Add: width 3 and 2".
func (e *Error) Error() string {
	if e.Op == "" {
		return "ebm: " + e.Msg
	}
	return "ebm: " + e.Op + ": " + e.Msg
}

// Fail panics with an *Error.
func Fail(op, format string, args ...any) {
	panic(&Error{Op: op, Msg: fmt.Sprintf(format, args...)})
}
