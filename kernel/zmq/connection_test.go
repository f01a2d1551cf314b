package zmq

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const goodFile = `{"transport": "tcp", "ip": "127.0.0.1", "shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4,
	"hb_port": 5, "key": "k", "signature_scheme": "hmac-sha256", "kernel_name": "joule", "unknown": [1]}`

func TestParseConnection(t *testing.T) {
	c, err := ParseConnection([]byte(goodFile))
	if err != nil || c.ShellPort != 1 || c.HBPort != 5 || c.Key != "k" || c.KernelName != "joule" {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, c := range []struct{ reason, old, new string }{
		{"the defaults of the protocol", `"transport": "tcp", "ip": "127.0.0.1", `, ``},
		{"an empty key needs no scheme", `"key": "k", "signature_scheme": "hmac-sha256"`, `"key": "", "signature_scheme": ""`},
		{"ports to be chosen", `"shell_port": 1, "iopub_port": 2`, `"shell_port": 0, "iopub_port": 0`},
		{"ipc", `"tcp", "ip": "127.0.0.1"`, `"ipc", "ip": "/tmp/x"`},
		{"CURVE keys that are empty", `"unknown": [1]`, `"curve_publickey": ""`},
	} {
		if _, err := ParseConnection([]byte(strings.Replace(goodFile, c.old, c.new, 1))); err != nil {
			t.Errorf("%s: %v", c.reason, err)
		}
	}
	for _, c := range []struct{ reason, old, new, want string }{
		{"not JSON", `{`, `x`, "not valid JSON at byte 1"},
		{"cut", `]}`, ``, "not valid JSON at byte"},
		{"a list", goodFile, `[]`, "a JSON array, not an object"},
		{"null", goodFile, " null\n", "a JSON null, not an object"},
		{"a port that is a string", `"shell_port": 1`, `"shell_port": "1"`, `"shell_port" is a string, not a valid int`},
		{"a port that is a fraction", `"shell_port": 1`, `"shell_port": 1.5`, `"shell_port" is a number 1.5, not a valid int`},
		{"a port that is too large", `"hb_port": 5`, `"hb_port": 65536`, "hb_port 65536 is not a port"},
		{"a port below zero", `"hb_port": 5`, `"hb_port": -1`, "hb_port -1 is not a port"},
		{"a port twice", `"hb_port": 5`, `"hb_port": 1`, "shell_port and hb_port are both 1"},
		{"another transport", `"tcp"`, `"udp"`, `transport "udp" is neither tcp nor ipc`},
		{"another scheme", `hmac-sha256`, `hmac-md5`, `signature_scheme "hmac-md5" is not hmac-sha256`},
		{"ipc without a name", `"tcp", "ip": "127.0.0.1"`, `"ipc", "ip": ""`, "ip is empty"},
		{"half a pair of keys", `"unknown": [1]`, `"curve_secretkey": "x"`, "curve_publickey and curve_secretkey belong together"},
		{"a short key", `"unknown": [1]`, `"curve_publickey": "x", "curve_secretkey": "x"`, "curve_publickey has 1 characters, not 40"},
		{"a key that is no Z85", `"unknown": [1]`, `"curve_publickey": "` + strings.Repeat(`~`, 40) + `", "curve_secretkey": "x"`, `character '~'`},
		{"a key of too large digits", `"unknown": [1]`, `"curve_publickey": "` + strings.Repeat(`#`, 40) + `", "curve_secretkey": "x"`, "more than four bytes"},
		{"keys of two pairs", `"unknown": [1]`, `"curve_publickey": "` + strings.Repeat(`1`, 40) + `", "curve_secretkey": "` + strings.Repeat(`2`, 40) + `"`,
			"curve_publickey is not the public key of curve_secretkey"},
	} {
		_, err := ParseConnection([]byte(strings.Replace(goodFile, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", c.reason, err, c.want)
		}
	}
}

func TestConnectionFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "connection.json")
	c := NewConnection()
	c.ShellPort = 1234
	if err := c.Write(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: the key is for the owner only", info.Mode(), err)
	}
	if got, err := ReadConnection(path); err != nil || got != c {
		t.Errorf("%+v, %v", got, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("%d files are left", len(left))
	}
	if err := c.Write(filepath.Join(t.TempDir(), "missing", "file")); err == nil {
		t.Error("written to a folder that does not exist")
	}
	for name, content := range map[string]*string{"missing": nil, "empty": new(string)} {
		path := filepath.Join(t.TempDir(), name)
		if content != nil {
			os.WriteFile(path, []byte(*content), 0o600)
		}
		if _, err := ReadConnection(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v does not name the file", name, err)
		}
	}
	if a, b := NewConnection(), NewConnection(); a.Key == b.Key || len(a.Key) < 20 {
		t.Errorf("keys %q and %q", a.Key, b.Key)
	}
}

// TestPortTaken: a port that somebody else has is one sentence, and the ports before it are given back.
func TestPortTaken(t *testing.T) {
	taken := must(net.Listen("tcp", "127.0.0.1:0"))
	defer taken.Close()
	files := openFiles(t)
	c := NewConnection()
	c.HBPort = taken.Addr().(*net.TCPAddr).Port
	if _, err := Listen(c, Options{}); err == nil || !strings.HasPrefix(err.Error(), "zmq: cannot listen for heartbeat: ") {
		t.Errorf("%v", err)
	}
	if n := openFiles(t); n > files {
		t.Errorf("%d files are open, %d before", n, files)
	}
	c.HBPort = -1
	if _, err := Listen(c, Options{}); err == nil {
		t.Error("port -1 is taken")
	}
}

func FuzzParseConnection(f *testing.F) {
	f.Add([]byte(goodFile))
	f.Add([]byte(`{"shell_port": 1e3}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if c, err := ParseConnection(raw); err == nil {
			if err := c.Validate(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestLongSocketFile: the system calls it an invalid argument, which would not tell anybody what to change.
func TestLongSocketFile(t *testing.T) {
	for _, port := range []int{0, 1} {
		c := Connection{Transport: "ipc", IP: filepath.Join(t.TempDir(), strings.Repeat("x", 120))}
		if _, err := c.listen(&port); err == nil || !strings.Contains(err.Error(), "the path of a socket file is too long") {
			t.Errorf("port %d: %v", port, err)
		}
	}
}
