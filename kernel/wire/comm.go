package wire

import "encoding/json"

// CommOpen opens a comm. Either side may send it.
type CommOpen struct {
	CommID       string          `json:"comm_id"`
	TargetName   string          `json:"target_name"`
	TargetModule string          `json:"target_module,omitempty"`
	Data         json.RawMessage `json:"data"`
}

// CommMsg carries data over an open comm.
type CommMsg struct {
	CommID string          `json:"comm_id"`
	Data   json.RawMessage `json:"data"`
}

// CommClose closes a comm, or refuses to open it.
type CommClose struct {
	CommID string          `json:"comm_id"`
	Data   json.RawMessage `json:"data"`
}

// MarshalJSON writes {} for missing data.
func (c CommOpen) MarshalJSON() ([]byte, error) {
	type plain CommOpen
	c.Data = rawObject(c.Data)
	return json.Marshal(plain(c))
}

// MarshalJSON writes {} for missing data.
func (c CommMsg) MarshalJSON() ([]byte, error) {
	type plain CommMsg
	c.Data = rawObject(c.Data)
	return json.Marshal(plain(c))
}

// MarshalJSON writes {} for missing data.
func (c CommClose) MarshalJSON() ([]byte, error) {
	type plain CommClose
	c.Data = rawObject(c.Data)
	return json.Marshal(plain(c))
}
