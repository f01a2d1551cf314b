package zmq

// A heartbeat sends every message back to the peer that it came from, frame by frame. It serves REQ and DEALER peers,
// any number of them, and nothing else in the kernel can hold it up.
type heartbeat struct{ stats *counters }

func (heartbeat) joined(*peer)                  {}
func (heartbeat) left(*peer)                    {}
func (heartbeat) command(*peer, string, []byte) {}

func (h heartbeat) message(p *peer, frames [][]byte) {
	p.known.Store(true)
	if !p.push(messageOf(frames), p.limit) {
		h.stats.dropped.Add(1)
	}
}
