package simd

//go:generate go -C gen run . ..
