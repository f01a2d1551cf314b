package pipe

import "testing"

func TestParseSize(t *testing.T) {
	for s, want := range map[string]uint64{
		"1": 1, "512MB": 512 << 20, " 4 gb ": 4 << 30, "1.5G": 3 << 29, "2TiB": 2 << 40, "1e3k": 1000 << 10,
		"": 0, "0": 0, "-1GB": 0, "GB": 0, "4 bananas": 0, "NaN": 0, "Inf": 0, "1e300": 0,
	} {
		if got, ok := parseSize(s); got != want || ok != (want > 0) {
			t.Errorf("%q: %d, %v, want %d", s, got, ok, want)
		}
	}
}

func TestMemoryLimit(t *testing.T) {
	t.Setenv("JOULE_MEMORY", "")
	whole, total := MemoryLimit()
	if whole > total {
		t.Errorf("%d of %d", whole, total)
	}
	t.Setenv("JOULE_MEMORY", "300MB")
	if limit, _ := MemoryLimit(); limit != 300<<20 {
		t.Errorf("JOULE_MEMORY is not heard: %d", limit)
	}
}
