//go:build amd64 && !noasm && (linux || darwin || freebsd || netbsd)

#include "textflag.h"

// func enter(code uintptr, panel, uniform, work unsafe.Pointer)
// The code returns to the caller by itself. It uses no stack.
TEXT ·enter(SB), NOSPLIT|NOFRAME, $0-32
	MOVQ code+0(FP), AX
	MOVQ panel+8(FP), DI
	MOVQ uniform+16(FP), SI
	MOVQ work+24(FP), DX
	JMP AX
