package pipe

import (
	"os"
	"strconv"
	"strings"

	"joule/kernel/usage"
)

// MemoryLimit is how much memory the values of cells may take, and how much there is, in bytes: seven tenths of what the process may
// have, or what JOULE_MEMORY says, such as 4GB. Either is 0 when it is not known. A slice that grows by append is there twice while it
// does, the second time by a quarter larger: with less than a quarter of the limit beyond it that would be the end of the process.
func MemoryLimit() (limit, total uint64) {
	if host, err := usage.Host(); err == nil {
		total = host.Total
		limit = total / 10 * 7
	}
	if n, ok := parseSize(os.Getenv("JOULE_MEMORY")); ok {
		limit = n
	}
	return limit, total
}

// parseSize reads a number of bytes such as 512MB or 4GB.
func parseSize(s string) (uint64, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	unit := 1.0
	for i, letter := range []string{"K", "M", "G", "T"} {
		for _, suffix := range []string{letter, letter + "B", letter + "IB"} {
			if rest, ok := strings.CutSuffix(s, suffix); ok {
				s, unit = strings.TrimSpace(rest), float64(uint64(1)<<(10*(i+1)))
			}
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n > 0 && n*unit < 1<<60) {
		return 0, false
	}
	return uint64(n * unit), true
}
