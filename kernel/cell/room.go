package cell

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync/atomic"
)

// room is how many bytes one value may take; 0 for any number.
var room atomic.Uint64

// addressable is how many bytes Go ever allocates at once, as runtime.maxAlloc.
const addressable = 1 << 48

// SetRoom sets how many bytes one value may take. The process cannot have more, and the runtime would end it.
func SetRoom(most uint64) { room.Store(most) }

// Room returns n, how many elements of a size are wanted, and panics if there is no room for them. A negative n is not its affair.
func Room(n, size int) int { return roomFor("len", n, size) }

// RoomCap is Room for the capacity of a slice.
func RoomCap(n, size int) int { return roomFor("cap", n, size) }

func roomFor(what string, n, size int) int {
	if n > 1<<16 {
		checkRoom(what, n, size)
	}
	return n
}

func checkRoom(what string, n, size int) {
	most := room.Load()
	if most == 0 || size == 0 || uint64(n) <= most/uint64(size) {
		return
	}
	if uint64(n) > addressable/uint64(size) {
		panic(RuntimeError("makeslice: " + what + " out of range")) // as Go says it: no process could
	}
	panic(tooLarge(n, size))
}

// large is how many bytes a value has of which Grow thinks twice.
const large = 1 << 25

// Grow panics if there is no room for n elements of a size beside what is there.
func Grow(n, size int) {
	if n > large/size {
		grow(n, size)
	}
}

func grow(n, size int) {
	most := room.Load()
	checkRoom("len", n, size)
	if most == 0 || taken()+uint64(n)*uint64(size) <= most {
		return
	}
	runtime.GC()
	if taken()+uint64(n)*uint64(size) > most {
		panic(tooLarge(n, size))
	}
}

// taken is how many bytes the values of the process take, those included that nobody has any more.
func taken() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func tooLarge(n, size int) RuntimeError {
	return RuntimeError(fmt.Sprintf("out of memory: %d values of %d bytes are more than the process may have", n, size))
}

// RepeatString is strings.Repeat.
func RepeatString(s string, count int) string { return strings.Repeat(s, repeat(count, len(s))) }

// RepeatBytes is bytes.Repeat.
func RepeatBytes(b []byte, count int) []byte { return bytes.Repeat(b, repeat(count, len(b))) }

// repeat is Room, where a length that no int holds is the function's own affair.
func repeat(count, size int) int {
	if size > 0 && count > math.MaxInt/size {
		return count
	}
	return Room(count, size)
}
