package wire

import "fmt"

// EncodeBare returns the frames of a content that travels without header, parent and metadata: the delimiter, the signature of
// the content, and the content. The handshake of JEP 66 consists of two of these.
func (c *Codec) EncodeBare(content []byte) [][]byte {
	return [][]byte{[]byte(delimiter), c.sign([][]byte{content}), content}
}

// DecodeBare verifies frames and returns the content in them. Frames before the delimiter are routing. Every error wraps one
// Fault.
func (c *Codec) DecodeBare(frames [][]byte) ([]byte, error) {
	for i, f := range frames {
		if string(f) != delimiter {
			continue
		}
		rest := frames[i+1:]
		if len(rest) != 2 {
			return nil, fmt.Errorf("%w: %d, want the signature and the content", TooFewFrames, len(rest))
		}
		if err := c.verify(rest[0], rest[1:]); err != nil {
			return nil, err
		}
		if !isObject(rest[1]) {
			return nil, fmt.Errorf("%w: not a JSON object", BadContent)
		}
		return rest[1], nil
	}
	return nil, fmt.Errorf("%w in %d frames", NoDelimiter, len(frames))
}
