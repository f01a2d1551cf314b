package child

import "golang.org/x/sys/unix"

// totalMemory is the machine's memory in bytes; 0 when unknown.
func totalMemory() uint64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}

// growPipe makes room for what the runtime prints while it stops the goroutine that would empty the pipe. A smaller pipe is no
// error.
func growPipe(fd int) { unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, 1<<20) }
