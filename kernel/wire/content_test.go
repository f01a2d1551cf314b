package wire

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"joule/kernel/display"
)

// specification lists the messages of the protocol's page (5.5) and of JEP 65 and 91, independently of the table.
var specification = strings.Fields(`
	execute_request execute_reply inspect_request inspect_reply complete_request complete_reply history_request history_reply
	is_complete_request is_complete_reply connect_request connect_reply comm_info_request comm_info_reply kernel_info_request
	kernel_info_reply shutdown_request shutdown_reply interrupt_request interrupt_reply debug_request debug_reply
	create_subshell_request create_subshell_reply delete_subshell_request delete_subshell_reply list_subshell_request
	list_subshell_reply stream display_data update_display_data execute_input execute_result error status clear_output
	debug_event iopub_welcome input_request input_reply comm_open comm_msg comm_close
	usage_request usage_reply`)

func TestTableIsComplete(t *testing.T) {
	want := slices.Sorted(slices.Values(specification))
	if got := Types(); !slices.Equal(got, want) {
		t.Errorf("types\n%q, want\n%q", got, want)
	}
	for _, typ := range Types() {
		c, err := ParseAny(&Message{Header: Header{MsgType: typ}, Content: []byte("{}")})
		if err != nil || c.MsgType() != typ {
			t.Errorf("%s: %#v, %v", typ, c, err)
		}
		if _, err := ParseAny(&Message{Header: Header{MsgType: typ}, Content: []byte("{")}); err == nil {
			t.Errorf("%s: bad JSON is accepted", typ)
		}
	}
	if c, err := ParseAny(&Message{Header: Header{MsgType: "nonsense"}}); c != nil || err != nil {
		t.Errorf("an unknown type: %v, %v", c, err)
	}
}

// TestContents writes contents and compares with what the protocol's page says, then reads them back.
func TestContents(t *testing.T) {
	count, indent, text := 3, "", "out"
	for _, c := range []struct {
		content Content
		want    string
		reason  string
	}{
		{Status{Busy}, `{"execution_state":"busy"}`, ""},
		{Stream{"stdout", "a<b>&\n\x1b[0m\u2028"}, "{\"name\":\"stdout\",\"text\":\"a<b>&\\n\\u001b[0m\u2028\"}", ""},
		{Stream{"stdout", "a\xffb\xe2\x82"}, "{\"name\":\"stdout\",\"text\":\"a\uFFFDb\uFFFD\uFFFD\"}", "bytes that are no UTF-8"},
		{DisplayData{}, `{"data":{},"metadata":{},"transient":{}}`, "objects are never null"},
		{UpdateDisplayData{Transient: Transient{"i\""}}, `{"data":{},"metadata":{},"transient":{"display_id":"i\""}}`, ""},
		{ExecuteResult{ExecutionCount: 2, Data: Object{"text/plain": []byte(`"1"`)}},
			`{"data":{"text/plain":"1"},"metadata":{},"transient":{},"execution_count":2}`, ""},
		{ErrorMessage{EName: "E"}, `{"ename":"E","evalue":"","traceback":[]}`, "a traceback is never null"},
		{Failure{Request: "inspect_request", Status: Error}, `{"status":"error","ename":"","evalue":"","traceback":[]}`, ""},
		{Failure{Request: "execute_request", Status: Error, ExecutionCount: &count},
			`{"status":"error","ename":"","evalue":"","traceback":[],"execution_count":3}`, ""},
		{ExecuteReply{Status: OK, ExecutionCount: 1}, `{"status":"ok","execution_count":1,"user_expressions":{},"payload":[]}`, ""},
		{ExecuteReply{Status: Error}, `{"status":"error","execution_count":0,"user_expressions":{},"payload":[],"ename":"","evalue":"","traceback":[]}`, "all fields of an error"},
		{CompleteReply{Status: OK}, `{"status":"ok","matches":[],"cursor_start":0,"cursor_end":0,"metadata":{}}`, ""},
		{InspectReply{Status: OK}, `{"status":"ok","found":false,"data":{},"metadata":{}}`, ""},
		{HistoryReply{Status: OK}, `{"status":"ok","history":[]}`, ""},
		{HistoryReply{OK, List[HistoryEntry]{{1, 2, "in", false, nil}, {1, 3, "in", true, nil}, {1, 4, "in", true, &text}}},
			`{"status":"ok","history":[[1,2,"in"],[1,3,["in",null]],[1,4,["in","out"]]]}`, ""},
		{IsCompleteReply{Status: "complete"}, `{"status":"complete"}`, "no indent"},
		{IsCompleteReply{Status: "incomplete", Indent: &indent}, `{"status":"incomplete","indent":""}`, "an indent, although it is empty"},
		{CommClose{CommID: "c"}, `{"comm_id":"c","data":{}}`, ""},
		{CommInfoReply{Status: OK, Comms: map[string]CommInfo{"c": {"t"}}}, `{"status":"ok","comms":{"c":{"target_name":"t"}}}`, ""},
		{DebugRequest{[]byte(`{"seq":1}`)}, `{"seq":1}`, "as it is"},
		{DebugReply{}, `{}`, ""},
		{InputRequest{"p", true}, `{"prompt":"p","password":true}`, ""},
		{Welcome{"x"}, `{"subscription":"x"}`, ""},
		{ClearOutput{true}, `{"wait":true}`, ""},
	} {
		raw, err := encode(c.content)
		if err != nil || string(raw) != c.want {
			t.Errorf("%T: %s, %v, want %s (%s)", c.content, raw, err, c.want, c.reason)
			continue
		}
		typ := c.content.MsgType()
		back, err := ParseAny(&Message{Header: Header{MsgType: typ}, Content: raw})
		if err != nil {
			t.Errorf("%s cannot be read back: %v", raw, err)
			continue
		}
		again, err := encode(back)
		var a, b any
		json.Unmarshal(raw, &a)
		json.Unmarshal(again, &b)
		if _, isFailure := c.content.(Failure); !isFailure && (err != nil || !reflect.DeepEqual(a, b)) {
			t.Errorf("%s was read back as %s, %v", raw, again, err)
		}
	}
}

func TestReply(t *testing.T) {
	for request, want := range map[string]string{"execute_request": "execute_reply", "comm_open": "", "execute_reply": "", "_request": "_reply", "": ""} {
		if got := Reply(request); got != want {
			t.Errorf("the reply to %q is %q, want %q", request, got, want)
		}
	}
}

func TestBundle(t *testing.T) {
	data, metadata := Bundle(display.Bundle{
		Data: map[string]string{
			"text/plain": "a\"\n", "text/html; charset=utf-8": "<b>", "image/svg+xml": "<svg/>", "application/javascript": "x()",
			"application/json": `{"a": [1]}`, "application/vnd.plotly.v1+json": "{bad", "application/geo+json": "[]",
			"image/png": "\x89PNG\x00", "application/pdf": "", "nonsense": "x", "": "y",
		},
		Metadata: map[string]json.RawMessage{"image/png": json.RawMessage(`{"width": 3}`), "bad": json.RawMessage("{")},
	})
	for typ, want := range map[string]string{
		"text/plain": `"a\"\n"`, "text/html; charset=utf-8": `"<b>"`, "image/svg+xml": `"<svg/>"`, "application/javascript": `"x()"`,
		"application/json": `{"a": [1]}`, "application/vnd.plotly.v1+json": `"{bad"`, "application/geo+json": `[]`,
		"image/png": `"iVBORwA="`, "application/pdf": `""`, "nonsense": `"eA=="`, "": `"eQ=="`,
	} {
		if got := string(data[typ]); got != want {
			t.Errorf("%q: %s, want %s", typ, got, want)
		}
	}
	if len(metadata) != 1 || string(metadata["image/png"]) != `{"width": 3}` {
		t.Errorf("metadata %s", metadata)
	}
	b, err := Unbundle(data, metadata)
	if err != nil || b.Data["image/png"] != "\x89PNG\x00" || b.Data["text/plain"] != "a\"\n" || b.Data["application/json"] != `{"a": [1]}` {
		t.Errorf("back: %+v, %v", b, err)
	}
	b, err = Unbundle(Object{"text/plain": []byte(`["a\n", "b"]`), "image/png": []byte("\"iVBO\\nRwA=\"")}, nil)
	if err != nil || b.Data["text/plain"] != "a\nb" || b.Data["image/png"] != "\x89PNG\x00" {
		t.Errorf("as notebooks store it: %+v, %v", b, err)
	}
	for _, bad := range []Object{{"image/png": []byte(`"?"`)}, {"text/plain": []byte("1")}, {"text/plain": []byte("[1]")}} {
		if _, err := Unbundle(bad, nil); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

func TestCursor(t *testing.T) {
	const code = "aé世😀z"
	for points, bytes := range []int{0, 1, 3, 6, 10, 11} {
		if got := ByteOffset(code, points); got != bytes {
			t.Errorf("ByteOffset(%d) is %d, want %d", points, got, bytes)
		}
		if got := CodePoints(code, bytes); got != points {
			t.Errorf("CodePoints(%d) is %d, want %d", bytes, got, points)
		}
	}
	if ByteOffset(code, -1) != 0 || ByteOffset(code, 99) != 11 || CodePoints(code, -1) != 0 || CodePoints(code, 99) != 5 {
		t.Error("offsets outside of the code are not moved to its ends")
	}
}

func TestIncompleteTail(t *testing.T) {
	for s, want := range map[string]int{
		"": 0, "a": 0, "é": 0, "aé"[:2]: 1, "世"[:1]: 1, "世"[:2]: 2, "世": 0, "😀"[:3]: 3, "x😀"[:2]: 1, "\xff": 0, "\x80": 0,
		"\x80\x80\x80\x80": 0, "\xe4a": 0, "\xc0": 0, "a\xf5": 0,
	} {
		if got := IncompleteTail([]byte(s)); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

// FuzzString: whatever the bytes, the result is the JSON that encoding/json reads as the same text.
func FuzzString(f *testing.F) {
	for _, s := range []string{"", "a\"\\\n\r\t\b\x00", "é世😀", "\xff\xc0\xe4\xb8", "\u2028\x7f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		raw := appendString([]byte(nil), s)
		var got string
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatalf("%q became %s: %v", s, raw, err)
		}
		std, _ := json.Marshal(s)
		var want string
		json.Unmarshal(std, &want)
		if got != want {
			t.Fatalf("%q was read back as %q, want %q", s, got, want)
		}
		if n := IncompleteTail([]byte(s)); n > 0 && strings.ToValidUTF8(s[len(s)-n:], "") != "" {
			t.Fatalf("%q: %d bytes at the end are a whole character", s, n)
		}
	})
}

// FuzzContent: every content reads any JSON without a panic, and what it has read it can write as JSON.
func FuzzContent(f *testing.F) {
	for _, raw := range []string{`{}`, `null`, `[]`, `{"code":"x","user_expressions":{"a":"b"},"silent":true}`,
		`{"history":[[1,2,"x"],[1,2,["x",null]],null,[]]}`, `{"data":{"text/plain":"x"},"metadata":null}`, `{"traceback":null,"status":"error"}`} {
		f.Add(raw)
	}
	types := Types()
	f.Fuzz(func(t *testing.T, raw string) {
		for _, typ := range types {
			c, err := ParseAny(&Message{Header: Header{MsgType: typ}, Content: []byte(raw)})
			if err != nil {
				continue
			}
			if out, err := encode(c); err != nil || !json.Valid(out) {
				t.Fatalf("%s: %s was read and cannot be written: %s, %v", typ, raw, out, err)
			}
		}
	})
}

func BenchmarkDisplay10MB(b *testing.B) {
	picture := strings.Repeat("0123456789abcdef", 10<<20/16)
	b.SetBytes(int64(len(picture)))
	for b.Loop() {
		data, metadata := Bundle(display.Bundle{Data: map[string]string{"image/png": picture}})
		if _, err := encode(DisplayData{Data: data, Metadata: metadata}); err != nil {
			b.Fatal(err)
		}
	}
}
