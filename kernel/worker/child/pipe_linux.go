package child

import "golang.org/x/sys/unix"

// growPipe makes room for what the runtime prints while it stops the goroutine that would empty the pipe. A smaller pipe is no
// error.
func growPipe(fd int) { unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, 1<<20) }
