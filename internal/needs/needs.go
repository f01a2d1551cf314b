// Package needs is the one rule for tests that need something which is not part of Joule: without it they are skipped and say
// what is missing, and where JOULE_REQUIRE_ALL=1 says that nothing may be left out they fail.
package needs

import (
	"os"
	"testing"
)

// Skip skips the test for want of what format names, or fails it where nothing may be left out.
func Skip(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("JOULE_REQUIRE_ALL") == "1" {
		t.Fatalf("required: "+format, args...)
	}
	t.Skipf(format, args...)
}
