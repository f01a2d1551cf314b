//go:build amd64 && !noasm

#include "textflag.h"

// func getControl() uint32
TEXT ·getControl(SB), NOSPLIT, $8-4
	STMXCSR tmp-8(SP)
	MOVL    tmp-8(SP), AX
	MOVL    AX, ret+0(FP)
	RET

// func setControl(v uint32)
TEXT ·setControl(SB), NOSPLIT, $0-4
	LDMXCSR v+0(FP)
	RET

// func pause()
TEXT ·pause(SB), NOSPLIT, $0-0
	PAUSE
	RET
