package wire

import (
	"strconv"

	"joule/kernel/display"
)

// Show is a display_data, an update_display_data or an execute_result that is made from a bundle. It encodes the bundle straight
// into the message: a picture of megabytes is not copied on the way.
type Show struct {
	Bundle         display.Bundle // its ID is the display's
	Update         bool           // it is an update_display_data
	ExecutionCount *int           // not nil: it is an execute_result
}

// MsgType is that of the message that Show is.
func (s Show) MsgType() string {
	switch {
	case s.ExecutionCount != nil:
		return "execute_result"
	case s.Update:
		return "update_display_data"
	}
	return "display_data"
}

// Size is about how many bytes the content will have.
func (s Show) Size() int {
	n := 128
	for typ, content := range s.Bundle.Data {
		n += len(typ) + len(content) + len(content)/16 + 8
		if kind(typ) == binaryKind {
			n += len(content) / 3
		}
	}
	for k, v := range s.Bundle.Metadata {
		n += len(k) + len(v) + 8
	}
	return n
}

func (s Show) appendJSON(dst []byte) ([]byte, error) {
	if dst == nil {
		dst = make([]byte, 0, s.Size())
	}
	dst = appendData(append(dst, `{"data":`...), s.Bundle.Data)
	dst, err := validObject(s.Bundle.Metadata).appendJSON(append(dst, `,"metadata":`...))
	if err != nil {
		return dst, err
	}
	dst = append(dst, `,"transient":{`...)
	if s.Bundle.ID != "" {
		dst = appendString(append(dst, `"display_id":`...), s.Bundle.ID)
	}
	dst = append(dst, '}')
	if s.ExecutionCount != nil {
		dst = strconv.AppendInt(append(dst, `,"execution_count":`...), int64(*s.ExecutionCount), 10)
	}
	return append(dst, '}'), nil
}
