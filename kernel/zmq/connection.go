package zmq

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"joule/kernel/wire"
)

// Connection is what a connection file says: where the five sockets are and with which key messages are signed. A port of
// 0 is chosen by the one who listens.
type Connection struct {
	Transport       string `json:"transport"` // "tcp" or "ipc"
	IP              string `json:"ip"`        // an address; for ipc the start of the socket files' names
	ShellPort       int    `json:"shell_port"`
	IOPubPort       int    `json:"iopub_port"`
	StdinPort       int    `json:"stdin_port"`
	ControlPort     int    `json:"control_port"`
	HBPort          int    `json:"hb_port"`
	Key             string `json:"key"`
	SignatureScheme string `json:"signature_scheme"`
	CurvePublicKey  string `json:"curve_publickey,omitempty"` // of the kernel; with it and the next everything is encrypted by CurveZMQ
	CurveSecretKey  string `json:"curve_secretkey,omitempty"`
	KernelName      string `json:"kernel_name,omitempty"`
	Session         string `json:"jupyter_session,omitempty"`
}

// NewConnection returns a connection on the loopback interface with a new key and ports that the kernel chooses.
func NewConnection() Connection {
	return Connection{Transport: "tcp", IP: "127.0.0.1", Key: rand.Text(), SignatureScheme: wire.Scheme}
}

// Encrypted is c with keys of its own for CurveZMQ: what travels between front ends and kernel can be read by nobody else, and
// front ends that do not know the public key are turned away.
func (c Connection) Encrypted() Connection {
	k := newPair()
	c.CurvePublicKey, c.CurveSecretKey = text(k.public), text(k.secret)
	return c
}

// ReadConnection reads the connection file at path. The error is one sentence that names the file and what is wrong with it.
func ReadConnection(path string) (Connection, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Connection{}, fmt.Errorf("zmq: connection file: %w", err)
	}
	c, err := ParseConnection(raw)
	if err != nil {
		return Connection{}, fmt.Errorf("zmq: connection file %s: %w", path, err)
	}
	return c, nil
}

// ParseConnection reads the content of a connection file and validates it.
func ParseConnection(raw []byte) (Connection, error) {
	c := Connection{Transport: "tcp", IP: "127.0.0.1", SignatureScheme: wire.Scheme}
	if err := json.Unmarshal(raw, &c); err != nil {
		return Connection{}, explain(err)
	}
	if string(bytes.TrimSpace(raw)) == "null" { // which json.Unmarshal takes for a file without fields
		return Connection{}, errors.New("a JSON null, not an object")
	}
	return c, c.Validate()
}

// explain turns an error of encoding/json into words for the person who has the file before them.
func explain(err error) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("not valid JSON at byte %d (%w)", syntax.Offset, err)
	case errors.As(err, &typ) && typ.Field == "":
		return fmt.Errorf("a JSON %s, not an object", typ.Value)
	case errors.As(err, &typ):
		return fmt.Errorf("%q is a %s, not a valid %s", typ.Field, typ.Value, typ.Type)
	}
	return err
}

// ports returns the ports with their names, in the order in which they are reported.
func (c *Connection) ports() []namedPort {
	return []namedPort{
		{"shell_port", &c.ShellPort}, {"iopub_port", &c.IOPubPort}, {"stdin_port", &c.StdinPort},
		{"control_port", &c.ControlPort}, {"hb_port", &c.HBPort},
	}
}

type namedPort struct {
	name string
	port *int
}

// Validate says what is wrong with c, if anything.
func (c Connection) Validate() error {
	if c.Transport != "tcp" && c.Transport != "ipc" {
		return fmt.Errorf("transport %q is neither tcp nor ipc", c.Transport)
	}
	if c.Transport == "ipc" && c.IP == "" {
		return errors.New("ip is empty, and ipc needs it as the name of the socket files")
	}
	if c.Key != "" && c.SignatureScheme != wire.Scheme {
		return fmt.Errorf("signature_scheme %q is not %s", c.SignatureScheme, wire.Scheme)
	}
	if _, err := c.curve(); err != nil {
		return err
	}
	taken := make(map[int]string)
	for _, p := range c.ports() {
		n := *p.port
		if n < 0 || n > 65535 {
			return fmt.Errorf("%s %d is not a port", p.name, n)
		}
		if other := taken[n]; n != 0 && other != "" {
			return fmt.Errorf("%s and %s are both %d", other, p.name, n)
		}
		taken[n] = p.name
	}
	return nil
}

// Write writes the connection file at path, readable by its owner only, so that a reader sees all of it or nothing.
func (c Connection) Write(path string) error {
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("zmq: connection file: %w", err)
	}
	return writeFile(path, raw)
}

func writeFile(path string, raw []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".connection-*") // mode 0600
	if err != nil {
		return fmt.Errorf("zmq: connection file: %w", err)
	}
	_, err = f.Write(append(raw, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("zmq: connection file: %w", err)
	}
	return nil
}

// address returns the network and address of a port, as package net wants them.
func (c Connection) address(port int) (network, address string) {
	if c.Transport == "ipc" {
		return "unix", c.IP + "-" + strconv.Itoa(port)
	}
	ip := c.IP
	if ip == "*" {
		ip = ""
	}
	return "tcp", net.JoinHostPort(ip, strconv.Itoa(port))
}

// listen binds one port and writes the port that was chosen to *port.
func (c Connection) listen(port *int) (net.Listener, error) {
	if c.Transport == "ipc" && *port == 0 {
		return c.listenFreeFile(port)
	}
	network, address := c.address(*port)
	if network == "unix" {
		removeStale(address)
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, tooLong(network, address, err)
	}
	if tcp, ok := l.Addr().(*net.TCPAddr); ok {
		*port = tcp.Port
	}
	return l, nil
}

// listenFreeFile binds the first socket file that does not exist.
func (c Connection) listenFreeFile(port *int) (net.Listener, error) {
	for n := 1; n <= 65535; n++ {
		network, address := c.address(n)
		if _, err := os.Lstat(address); err == nil {
			continue
		}
		l, err := net.Listen(network, address)
		if err == nil {
			*port = n
			return l, nil
		}
		if _, taken := os.Lstat(address); taken != nil {
			return nil, tooLong(network, address, err) // not a race for the name: the folder is missing, or the name is too long
		}
	}
	return nil, fmt.Errorf("no free socket file %s-N", c.IP)
}

// tooLong says what the system means by an invalid argument: the name of a socket file has 103 to 107 bytes at most.
func tooLong(network, address string, err error) error {
	if network == "unix" && len(address) > 103 && errors.Is(err, syscall.EINVAL) {
		return fmt.Errorf("the path of a socket file is too long, with %d bytes: %w", len(address), err)
	}
	return err
}

// removeStale removes a socket file that nobody listens on any more: the rest of a kernel that was killed.
func removeStale(address string) {
	info, err := os.Lstat(address)
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return
	}
	if conn, err := net.Dial("unix", address); err == nil {
		conn.Close()
		return
	}
	os.Remove(address)
}
