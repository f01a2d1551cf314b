//go:build !unix

package setuptest

import "os"

// flock does nothing where the system has no such locks: run the packages one after the other there (go test -p 1).
func flock(*os.File) error { return nil }
