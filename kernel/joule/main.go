// Command joule is the kernel and its command line: see package cli.
package main

import (
	"os"

	"joule/kernel/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
