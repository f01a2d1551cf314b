package simd

import (
	"os"
	"testing"
)

func TestFlush(t *testing.T) {
	tiny := float32(0x1p-140)
	half := func() float32 { return tiny / 2 }
	if half() == 0 {
		t.Fatal("denormal numbers are flushed without Flush")
	}
	var inside float32
	Flush(func() { inside = half() })
	if flushBits != 0 && inside != 0 {
		t.Errorf("half of the denormal number is %v within Flush", inside)
	}
	func() {
		defer func() { _ = recover() }()
		Flush(func() { panic("within") })
	}()
	if half() == 0 {
		t.Error("Flush leaves its setting behind")
	}
}

// TestChoose also makes the result of this package's tests depend on the variable for the cache of the go command.
func TestChoose(t *testing.T) {
	if got := choose(os.Getenv("JOULE_SIMD")); got != Best() {
		t.Errorf("best level %v, chosen %v", Best(), got)
	}
	for _, l := range Levels() {
		if got := choose(l.String()); got != l {
			t.Errorf("%v chooses %v", l, got)
		}
	}
	if got := choose("nonsense"); got != highest() {
		t.Errorf("an unknown name chooses %v", got)
	}
}
