//go:build !unix

package setuptest

import "os"

// These do nothing where the system has no such locks: run the packages one after the other there (go test -p 1).
func flock(*os.File) error { return nil }

func share(*os.File) error { return nil }

func unused(*os.File) bool { return true }
