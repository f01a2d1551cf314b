package expr

import "sync"

// parallel runs work on n goroutines, one of which is the caller's.
func parallel(n int, work func()) {
	if n <= 1 {
		work()
		return
	}
	var wg sync.WaitGroup
	for range n - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}
