package zmq

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"

	"joule/kernel/wire"
)

// A launcher is a registration socket. answer makes the frames that it sends back, nil for none.
type launcher struct {
	answer func(content []byte) [][]byte
	codec  *wire.Codec
	said   chan string
}

func (*launcher) joined(*peer)                  {}
func (*launcher) left(*peer)                    {}
func (*launcher) command(*peer, string, []byte) {}
func (l *launcher) message(p *peer, frames [][]byte) {
	content, err := l.codec.DecodeBare(frames)
	if err != nil {
		l.said <- err.Error()
		return
	}
	l.said <- string(content)
	if frames := l.answer(content); frames != nil {
		p.push(messageOf(frames), 1<<20)
	}
}

// registering starts a launcher and returns what its registration file says.
func registering(t *testing.T, answer func(*wire.Codec) func([]byte) [][]byte) (Registration, *launcher) {
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	key := NewConnection().Key
	codec := wire.NewCodec(key)
	socket := &launcher{answer: answer(codec), codec: codec, said: make(chan string, 1)}
	o := Options{}.withDefaults()
	listening := newListener("registration", zmq4.Router, l, socket, nil, o, newCounters(nil))
	listening.start()
	t.Cleanup(func() { listening.close(time.Now().Add(time.Second)) })
	return Registration{KernelID: "k1", Transport: "tcp", IP: "127.0.0.1", RegistrationIP: "127.0.0.1",
		Port: l.Addr().(*net.TCPAddr).Port, Key: key, SignatureScheme: wire.Scheme}, socket
}

// TestRegister: the ports arrive, signed and as strings; an acknowledgement of any content ends the handshake.
func TestRegister(t *testing.T) {
	r, l := registering(t, func(c *wire.Codec) func([]byte) [][]byte {
		return func([]byte) [][]byte { return c.EncodeBare([]byte(`{"any":"thing"}`)) }
	})
	c := Connection{ShellPort: 1, IOPubPort: 2, StdinPort: 3, ControlPort: 4, HBPort: 5}
	if err := r.Register(within(t), c, Options{}); err != nil {
		t.Fatal(err)
	}
	want := `{"kernel_id":"k1","control_port":"4","shell_port":"1","stdin_port":"3","iopub_port":"2","hb_port":"5"}`
	if got := <-l.said; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestRegisterRefused: without a proper acknowledgement the kernel learns why, and when it has waited long enough.
func TestRegisterRefused(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(*wire.Codec) func([]byte) [][]byte
		want   string
	}{
		"status error": {func(c *wire.Codec) func([]byte) [][]byte {
			return func([]byte) [][]byte { return c.EncodeBare([]byte(`{"status":"error"}`)) }
		}, "refused"},
		"another key": {func(*wire.Codec) func([]byte) [][]byte {
			return func([]byte) [][]byte { return wire.NewCodec("other").EncodeBare([]byte(`{}`)) }
		}, "bad signature"},
		"nonsense": {func(*wire.Codec) func([]byte) [][]byte {
			return func([]byte) [][]byte { return [][]byte{[]byte("ok")} }
		}, "no delimiter"},
		"an echo of the request": {func(c *wire.Codec) func([]byte) [][]byte {
			return func(content []byte) [][]byte { return c.EncodeBare(content) }
		}, ""},
		"silence": {func(*wire.Codec) func([]byte) [][]byte {
			return func([]byte) [][]byte { return nil }
		}, "deadline"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := registering(t, c.answer)
			ctx, cancel := context.WithTimeout(within(t), 300*time.Millisecond)
			if name != "silence" {
				ctx = within(t)
			}
			defer cancel()
			err := r.Register(ctx, Connection{}, Options{})
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
			} else if !errors.Is(err, ErrNotAcknowledged) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	ctx, cancel := context.WithTimeout(within(t), 50*time.Millisecond)
	defer cancel()
	closed := must(net.Listen("tcp", "127.0.0.1:0"))
	closed.Close()
	r := Registration{Transport: "tcp", RegistrationIP: "127.0.0.1", Port: closed.Addr().(*net.TCPAddr).Port}
	if err := r.Register(ctx, Connection{}, Options{}); !errors.Is(err, ErrNotAcknowledged) {
		t.Errorf("nobody listens: %v", err)
	}
}

// TestParseRegistration: a registration file is told from a connection file and from nonsense.
func TestParseRegistration(t *testing.T) {
	const good = `{"kernel_id": "k1", "transport": "tcp", "registration_ip": "127.0.0.2", "registration_port": 51587,
		"signature_scheme": "hmac-sha256", "key": "k"}`
	r, ok, err := ParseRegistration([]byte(good))
	if err != nil || !ok || r.KernelID != "k1" || r.Port != 51587 || r.IP != "127.0.0.2" || r.Key != "k" {
		t.Errorf("%+v, %v, %v", r, ok, err)
	}
	if r, _, err := ParseRegistration([]byte(strings.Replace(good, `"key"`, `"ip": "127.0.0.3", "key"`, 1))); err != nil || r.IP != "127.0.0.3" {
		t.Errorf("an address to listen on: %+v, %v", r, err)
	}
	for _, other := range []string{goodFile, "", "x", "[]", "{}", `{"registration_port": null}`} {
		if _, ok, err := ParseRegistration([]byte(other)); ok && other != `{"registration_port": null}` || err != nil && !ok {
			t.Errorf("%s: %v, %v", other, ok, err)
		}
	}
	for _, c := range []struct{ old, new, want string }{
		{"51587", "0", "not a port"}, {"51587", "70000", "not a port"}, {"51587", `"x"`, "not a valid int"},
		{"hmac-sha256", "hmac-md5", "signature_scheme"}, {`"tcp"`, `"udp"`, "transport"},
		{`"key"`, `"curve_publickey": "x", "key"`, "CurveZMQ"},
	} {
		if _, ok, err := ParseRegistration([]byte(strings.Replace(good, c.old, c.new, 1))); !ok || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.new, err, c.want)
		}
	}
}

// TestWriteConnection: the file becomes a connection file that others can read, and stays the registration file that it was.
func TestWriteConnection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registration.json")
	if err := os.WriteFile(path, []byte(`{"registration_port": 5, "kernel_id": "k", "key": "secret", "more": [1]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r, ok, err := ReadRegistration(path)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	c := r.Connection()
	c.ShellPort, c.IOPubPort, c.StdinPort, c.ControlPort, c.HBPort = 1, 2, 3, 4, 6
	if err := r.WriteConnection(path, c); err != nil {
		t.Fatal(err)
	}
	if again, err := ReadConnection(path); err != nil || again != c {
		t.Errorf("%+v, %v", again, err)
	}
	if again, ok, err := ReadRegistration(path); err != nil || !ok || again != r {
		t.Errorf("%+v, %v, %v", again, ok, err)
	}
	if raw, err := os.ReadFile(path); err != nil || !strings.Contains(string(raw), `"more"`) {
		t.Errorf("%s, %v", raw, err)
	}
}

// FuzzParseRegistration: any file is read, or refused with an error.
func FuzzParseRegistration(f *testing.F) {
	f.Add([]byte(`{"registration_port": 5}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if r, ok, err := ParseRegistration(raw); ok && err == nil && (r.Port <= 0 || r.Port > 65535) {
			t.Errorf("%+v", r)
		}
	})
}
