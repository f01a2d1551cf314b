package zmq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/go-zeromq/zmq4"

	"joule/kernel/wire"
)

// Registration is what a registration file says (JEP 66, version 5.6 of the protocol): where a kernel that chooses its own ports
// tells them to the program that started it. It stands in the place of a connection file.
type Registration struct {
	KernelID        string `json:"kernel_id"`
	Transport       string `json:"transport"`
	IP              string `json:"ip"` // where the kernel listens; that of the registration when it is missing
	RegistrationIP  string `json:"registration_ip"`
	Port            int    `json:"registration_port"`
	Key             string `json:"key"`
	SignatureScheme string `json:"signature_scheme"`
}

// ReadRegistration reads the registration file at path. ok is false when the file is a connection file.
func ReadRegistration(path string) (r Registration, ok bool, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return r, false, fmt.Errorf("zmq: connection file: %w", err)
	}
	if r, ok, err = ParseRegistration(raw); err != nil {
		err = fmt.Errorf("zmq: registration file %s: %w", path, err)
	}
	return r, ok, err
}

// ParseRegistration reads the content of a registration file and validates it. ok is false when it is something else, such as a
// connection file, or no JSON.
func ParseRegistration(raw []byte) (r Registration, ok bool, err error) {
	var probe struct {
		Port  json.RawMessage `json:"registration_port"`
		Curve json.RawMessage `json:"curve_publickey"`
	}
	if json.Unmarshal(raw, &probe) != nil || probe.Port == nil {
		return r, false, nil
	}
	if probe.Curve != nil {
		return r, true, errors.New("it asks for CurveZMQ, which belongs to connection files: the handshake has no place for its keys")
	}
	r = Registration{Transport: "tcp", RegistrationIP: "127.0.0.1", SignatureScheme: wire.Scheme}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, true, explain(err)
	}
	if r.IP == "" {
		r.IP = r.RegistrationIP
	}
	if r.Port <= 0 || r.Port > 65535 {
		return r, true, fmt.Errorf("registration_port %d is not a port", r.Port)
	}
	return r, true, r.Connection().Validate()
}

// Connection is the connection that a kernel makes: with the key of the file, on ports that are free.
func (r Registration) Connection() Connection {
	return Connection{Transport: r.Transport, IP: r.IP, Key: r.Key, SignatureScheme: r.SignatureScheme}
}

// ports is the message of the kernel. The protocol wants the ports as strings.
type ports struct {
	KernelID string `json:"kernel_id"`
	Control  string `json:"control_port"`
	Shell    string `json:"shell_port"`
	Stdin    string `json:"stdin_port"`
	IOPub    string `json:"iopub_port"`
	HB       string `json:"hb_port"`
}

// ErrNotAcknowledged says that the program that started the kernel did not take its ports.
var ErrNotAcknowledged = errors.New("zmq: the kernel is not acknowledged")

// Register tells the ports of c and waits until that is acknowledged, or ctx ends. Then nobody knows of the kernel, and it
// should end.
func (r Registration) Register(ctx context.Context, c Connection, o Options) error {
	content, err := json.Marshal(ports{r.KernelID, strconv.Itoa(c.ControlPort), strconv.Itoa(c.ShellPort), strconv.Itoa(c.StdinPort),
		strconv.Itoa(c.IOPubPort), strconv.Itoa(c.HBPort)})
	if err != nil {
		return fmt.Errorf("zmq: registration: %w", err)
	}
	pause := time.Millisecond
	for {
		conn, err := r.dial(ctx)
		if err == nil {
			return r.exchange(ctx, conn, content, o.withDefaults())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrNotAcknowledged, errors.Join(ctx.Err(), err))
		case <-time.After(pause):
			pause = min(2*pause, 10*time.Millisecond)
		}
	}
}

func (r Registration) dial(ctx context.Context) (net.Conn, error) {
	at := r.Connection()
	at.IP = r.RegistrationIP
	network, address := at.address(r.Port)
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// exchange sends the ports over conn and reads the acknowledgement. What it says is up to its sender, except that a status error
// is a refusal.
func (r Registration) exchange(ctx context.Context, conn net.Conn, content []byte, o Options) (err error) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer func() {
		if v := recover(); v != nil {
			err = recovered(v)
		}
		if err != nil {
			err = fmt.Errorf("%w: %w", ErrNotAcknowledged, errors.Join(ctx.Err(), err))
		}
	}()
	o.MaxMessage = min(o.MaxMessage, maxSmall)
	g := newGuard(conn, o, peerTypes(zmq4.Dealer), new(atomic.Int64))
	g.command = func(string, []byte) {}
	z, err := open(conn, g, zmq4.Dealer, "", false, nil)
	if err != nil {
		return err
	}
	codec := wire.NewCodec(r.Key)
	if err := z.SendMsg(zmq4.NewMsgFrom(codec.EncodeBare(content)...)); err != nil {
		return err
	}
	if err := g.flush(); err != nil {
		return err
	}
	msg, err := z.RecvMsg()
	if err != nil {
		return err
	}
	raw, err := codec.DecodeBare(msg.Frames)
	if err != nil {
		return err
	}
	var said struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(raw, &said) == nil && said.Status == wire.Error {
		return fmt.Errorf("it was refused: %s", raw)
	}
	return nil
}

// WriteConnection adds c to the registration file at path, so that other front ends find the kernel by it. What was in the file
// stays: a program that restarts the kernel gives it the same file.
func (r Registration) WriteConnection(path string, c Connection) error {
	all := make(map[string]any)
	if raw, err := os.ReadFile(path); err == nil {
		json.Unmarshal(raw, &all) // it was read before; should it be gone, the connection alone is written
	}
	part, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(part, &all)
	}
	if err != nil {
		return fmt.Errorf("zmq: connection file: %w", err)
	}
	raw, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("zmq: connection file: %w", err)
	}
	return writeFile(path, raw)
}
