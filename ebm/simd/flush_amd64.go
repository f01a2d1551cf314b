//go:build amd64 && !noasm

package simd

//go:noescape
func getControl() uint32

//go:noescape
func setControl(v uint32)

//go:noescape
func pause()

// flushBits are FTZ and DAZ of the register MXCSR: results and operands that are denormal count as zero.
const flushBits = 1<<15 | 1<<6
