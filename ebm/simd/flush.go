package simd

import "runtime"

// Flush runs f with denormal numbers counting as zero, where the processor can do so: they cost ten to twenty times as much as
// others, and the tails of float32 are full of them. The setting belongs to the thread, so f keeps to the calling goroutine's, and
// the setting is put back when f returns or panics. Goroutines that f starts are not affected.
func Flush(f func()) {
	if getControl()&flushBits == flushBits { // within another call: nobody else has such a thread
		f()
		return
	}
	runtime.LockOSThread()
	old := getControl()
	defer func() {
		setControl(old)
		runtime.UnlockOSThread()
	}()
	setControl(old | flushBits)
	f()
}

// Pause tells the processor that the caller waits in a loop, and takes some tens of cycles.
func Pause() { pause() }
