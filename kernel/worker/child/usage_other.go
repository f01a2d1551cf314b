//go:build !unix

package child

import "time"

// processorTime is what the process has used of its processors; 0 when unknown.
func processorTime() time.Duration { return 0 }
