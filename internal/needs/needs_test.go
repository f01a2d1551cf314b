package needs

import (
	"fmt"
	"testing"
)

// recorder is a test that notes how it ends.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper()                           {}
func (r *recorder) Fatalf(format string, args ...any) { r.end("failed", format, args) }
func (r *recorder) Skipf(format string, args ...any)  { r.end("skipped", format, args) }

func (r *recorder) end(how, format string, args []any) {
	if r.ended == "" { // a real test ends at the first
		r.ended = how + ": " + fmt.Sprintf(format, args...)
	}
}

func TestSkip(t *testing.T) {
	for _, c := range []struct{ value, want, reason string }{
		{"", "skipped: no ps", "somebody's machine need not have everything"},
		{"0", "skipped: no ps", "0 is no demand"},
		{"1", "failed: required: no ps", "where nothing may be left out"},
	} {
		t.Setenv("JOULE_REQUIRE_ALL", c.value)
		r := &recorder{}
		Skip(r, "no %s", "ps")
		if r.ended != c.want {
			t.Errorf("%q: %s, want %s: %s", c.value, r.ended, c.want, c.reason)
		}
	}
}
