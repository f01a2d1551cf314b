package wire

// A Fault is one way in which received frames are not a message. It is an error; Decode wraps it with details.
type Fault string

// The faults, in the order in which Decode looks for them.
const (
	NoDelimiter  Fault = "wire: no delimiter"
	TooFewFrames Fault = "wire: fewer than five frames after the delimiter"
	Unsigned     Fault = "wire: unsigned message"
	BadSignature Fault = "wire: bad signature"
	Replayed     Fault = "wire: replayed message"
	BadHeader    Fault = "wire: bad header"
	BadParent    Fault = "wire: bad parent header"
	BadMetadata  Fault = "wire: bad metadata"
	BadContent   Fault = "wire: bad content"
)

// Error returns the fault as a sentence.
func (f Fault) Error() string { return string(f) }
