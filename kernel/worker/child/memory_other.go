//go:build !linux

package child

// totalMemory is the machine's memory in bytes; 0 when unknown.
func totalMemory() uint64 { return 0 }

// growPipe does nothing where pipes have one size.
func growPipe(int) {}
