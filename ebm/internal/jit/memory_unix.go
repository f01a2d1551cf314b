//go:build amd64 && !noasm && (linux || darwin || freebsd || netbsd)

package jit

import (
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:noescape
func enter(code uintptr, panel, uniform, work unsafe.Pointer)

// Supported says whether code for vectors of 64 bytes (AVX-512) or of 32 (AVX2 with FMA) can be compiled here: the processor has them, and
// the system lets programs write code.
func Supported(vector int) bool {
	x := &cpu.X86
	switch vector {
	case 64:
		return x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL && allowed()
	case 32:
		return x.HasAVX2 && x.HasFMA && allowed()
	}
	return false
}

var allowed = sync.OnceValue(func() bool {
	_, free, err := executable([]byte{0xC3})
	if err != nil {
		return false
	}
	free()
	return true
})

// executable copies code to memory that can be run and not be written to.
func executable(code []byte) (at uintptr, free func(), err error) {
	m, err := syscall.Mmap(-1, 0, len(code), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return 0, nil, err
	}
	free = func() { _ = syscall.Munmap(m) }
	copy(m, code)
	if err := syscall.Mprotect(m, syscall.PROT_READ|syscall.PROT_EXEC); err != nil {
		free()
		return 0, nil, err
	}
	return uintptr(unsafe.Pointer(&m[0])), free, nil
}
