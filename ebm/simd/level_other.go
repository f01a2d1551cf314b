//go:build !amd64 || noasm

package simd

func highest() Level { return Generic }

func set64(l Level) *Set[float64] {
	s := plain[float64](l)
	fillGox64(s)
	return s
}

func set32(l Level) *Set[float32] {
	s := plain[float32](l)
	fillGox32(s)
	return s
}

func uniforms64(_ Level, d [2]*float64, n int, keys *[24]uint64) {
	uniformsGox64(d[0], d[1], n, &keys[0])
}

func normals64(_ Level, d [2]*float64, n int, keys *[24]uint64) {
	normalsGox64(d[0], d[1], n, &keys[0])
}

func uniforms32(_ Level, d [4]*float32, n int, keys *[24]uint32) {
	uniformsGox32(d[0], d[1], d[2], d[3], n, &keys[0])
}

func normals32(_ Level, d [4]*float32, n int, keys *[24]uint32) {
	normalsGox32(d[0], d[1], d[2], d[3], n, &keys[0])
}

func words32(_ Level, d [4]*float32, n int, keys *[24]uint32) {
	wordsGox32(d[0], d[1], d[2], d[3], n, &keys[0])
}
