//go:build !windows && (!unix || solaris || aix)

package history

// lock does nothing where there is no lock: lines are appended in one write each.
func lock(string) (unlock func(), err error) { return func() {}, nil }
