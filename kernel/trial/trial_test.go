package trial

import (
	"testing"
)

func TestFramesAreThoseOfCells(t *testing.T) {
	stack := "goroutine 7 [running]:\nruntime/debug.Stack()\n\t/x/stack.go:26 +0x5e\njoule.session/ab/code.Fn0_f(...)\n\tcell#0123456789ab:3\nmain.main()\n\t/x/main.go:3"
	if got := frames(stack); got != "\n\tat cell#0123456789ab:3" {
		t.Errorf("%q", got)
	}
	if got := frames("nothing of a cell"); got != "" {
		t.Errorf("%q", got)
	}
}
