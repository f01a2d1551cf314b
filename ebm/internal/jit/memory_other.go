//go:build !amd64 || noasm || !(linux || darwin || freebsd || netbsd)

package jit

import "unsafe"

func enter(code uintptr, panel, uniform, work unsafe.Pointer) { panic(ErrUnsupported) }

// Supported says whether code can be compiled here: not.
func Supported(vector int) bool { return false }

func executable([]byte) (at uintptr, free func(), err error) { return 0, nil, ErrUnsupported }
