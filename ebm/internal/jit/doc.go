// Package jit puts elementwise functions together to machine code at run time.
//
// One kernel after the other, as package simd has them, reads its operands from memory and writes its result there; for short formulas that
// is most of the work (an energy of a mixture spent three quarters of its time so). Compiled together, values pass from one function to the
// next in registers. What is compiled are the same formulas: ebm/simd/gen writes them down as data (zformulas.go), and each step of
// them becomes the one instruction that it is in the kernel. So the results have the same bits, and where nothing can be compiled (another
// processor, a system that lets no program write code, the build tag noasm) callers use the kernels and nobody sees a difference but the time.
//
//	build.go     a Builder collects values: rows of a panel, numbers, functions of them; equal ones are one
//	order.go     an order that keeps few values alive
//	assign.go    registers and the choice of instructions
//	encode.go    the bytes of instructions, as Intel's manual describes them (volume 2, "EVEX encoding")
//	code.go      the loops around; running it
//	memory_*.go  memory that can be run
//
// The code works on a panel, rows of so many lanes, and on an area of numbers that all lanes share. It is a loop over vectors of lanes
// within a loop over rows; in the k-th row, operands that move with the loop are those of k rows on. It uses no stack, calls nothing and
// ends by itself after microseconds, so to the scheduler and the garbage collector it is like a kernel in assembly: a signal that
// finds a goroutine there lets it go on. Memory for code is written first and made executable then, never both, and given back
// when nobody holds the Code any more.
//
// The instruction sets are AVX-512, and AVX2 with FMA, which has half the registers, keeps masks in them and takes no operand that is
// repeated in all lanes from memory.
package jit
