package wire

// InputRequest asks the person for a line.
type InputRequest struct {
	Prompt   string `json:"prompt"`
	Password bool   `json:"password"`
}

// InputReply is the line, without its end. A Value of "\x04" is the end of input.
type InputReply struct {
	Status string `json:"status,omitempty"`
	Value  string `json:"value"`
}

// EOF is the value of an InputReply that ends the input.
const EOF = "\x04"
