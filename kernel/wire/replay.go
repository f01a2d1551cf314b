package wire

import (
	"crypto/sha256"
	"sync"
)

// replayLimit is how many signatures a codec remembers: as many as jupyter_client's Session.digest_history_size.
const replayLimit = 1 << 16

// replay remembers the last signatures that were accepted, the oldest forgotten first.
type replay struct {
	mu    sync.Mutex
	limit int
	known map[[sha256.Size]byte]struct{}
	ring  [][sha256.Size]byte
	next  int // where the ring is overwritten once it is full
}

func newReplay(limit int) *replay {
	return &replay{limit: limit, known: make(map[[sha256.Size]byte]struct{})}
}

// add remembers digest. It is false when digest was known already.
func (r *replay) add(digest [sha256.Size]byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, dup := r.known[digest]; dup {
		return false
	}
	if len(r.ring) < r.limit {
		r.ring = append(r.ring, digest)
	} else {
		delete(r.known, r.ring[r.next])
		r.ring[r.next] = digest
		r.next = (r.next + 1) % r.limit
	}
	r.known[digest] = struct{}{}
	return true
}
