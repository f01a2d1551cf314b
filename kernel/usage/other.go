//go:build !linux

package usage

import (
	"errors"
	"runtime"
)

// errUnknown says that nobody knows here.
var errUnknown = errors.New("usage: not known on this system")

func processes() ([]process, error) {
	if runtime.GOOS == "windows" {
		return nil, errUnknown
	}
	return psProcesses()
}

func hostTicks() (ticks, error) { return ticks{}, errUnknown }

func hostMemory() (Memory, error) { return Memory{}, errUnknown }

func residentOf(int) (uint64, error) { return 0, errUnknown }
