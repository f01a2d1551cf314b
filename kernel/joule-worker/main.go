// Command joule-worker runs the cells of one session for the kernel, which starts it: see package child.
package main

import (
	"os"

	"joule/kernel/worker/child"
)

func main() { os.Exit(child.Main()) }
