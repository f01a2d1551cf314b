package worker

import "syscall"

// endWithUs lets the system end the child when the kernel is gone. By itself the child sees the end of its requests, unless it is so
// busy that it sees nothing.
func endWithUs(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
