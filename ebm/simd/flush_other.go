//go:build !amd64 || noasm

package simd

func getControl() uint32 { return 0 }

func setControl(uint32) {}

const flushBits = 0

func pause() {}
