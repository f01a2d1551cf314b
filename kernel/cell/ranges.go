package cell

// The states of a range over a function, as the runtime has them.
const (
	rangeDone      = 0 // the body has returned false
	rangeReady     = 1
	rangePanic     = 2 // the body runs, or has panicked
	rangeExhausted = 3 // the loop is over
	rangeMissing   = 4 // the body has panicked, and the function has kept that to itself
)

// RangeFault panics as a range over a function does that goes on in such a state: the runtime does so itself, in a loop that does.
func RangeFault(state int) {
	var yield func() bool
	again := func(y func() bool) { yield = y; y() }
	switch state {
	case rangeDone:
		for range func(y func() bool) { y(); y() } {
			break
		}
	case rangePanic:
		for range func(y func() bool) {
			func() {
				defer func() { recover() }()
				y()
			}()
			y()
		} {
			panic(state)
		}
	case rangeExhausted:
		for range again {
		}
		yield()
	case rangeMissing:
		for range func(y func() bool) {
			defer func() { recover() }()
			y()
		} {
			panic(state)
		}
	}
}
