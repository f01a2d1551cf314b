//go:build unix

package child

import (
	"reflect"
	"syscall"
	"testing"
	"unsafe"

	"joule/kernel/cell"
)

// TestHoldsNoMore: a variable may point to memory that is gone, of which the collector knows nothing. Looking there must not end the
// process.
func TestHoldsNoMore(t *testing.T) {
	mem, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	at := (*any)(unsafe.Pointer(&mem[0]))
	if err := syscall.Munmap(mem); err != nil {
		t.Fatal(err)
	}
	former := cell.NewFormers(map[reflect.Type]cell.Former{reflect.TypeFor[old](): {}}, nil)
	if got, _ := holds(reflect.ValueOf(&at), former, mostLooks, nil); got != perhaps {
		t.Errorf("%v", got)
	}
}
