//go:build windows

package cli

import "golang.org/x/sys/windows"

// parentGone returns a question: has the process pid, for which this one was started, ended?
func parentGone(pid int) func() bool {
	h, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(pid))
	if err != nil {
		return func() bool { return false } // a process that may not be watched
	}
	return func() bool {
		event, err := windows.WaitForSingleObject(h, 0)
		return err == nil && event == windows.WAIT_OBJECT_0
	}
}
