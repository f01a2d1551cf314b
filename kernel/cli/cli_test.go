package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"joule/install/setup/setuptest"
	"joule/kernel/notebook"
)

// joule runs the installed command and returns its exit status and what it wrote.
func joule(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	var out, errs strings.Builder
	cmd := exec.CommandContext(ctx, setuptest.Installed(t).Joule(), args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// file writes text to a new file.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// code makes a notebook file of one code cell for each source, with a cell of text before them.
func code(t *testing.T, sources ...string) string {
	t.Helper()
	cells := []string{`{"cell_type":"markdown","metadata":{},"source":"# Title"}`}
	for _, s := range sources {
		s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s)
		cells = append(cells, `{"cell_type":"code","execution_count":null,"metadata":{},"outputs":[],"source":"`+s+`"}`)
	}
	return file(t, "n.ipynb", `{"cells":[`+strings.Join(cells, ",")+`],"metadata":{},"nbformat":4,"nbformat_minor":5}`)
}

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		args   []string
		status int
		says   string
	}{
		{nil, 2, "$ joule run first.ipynb"},
		{[]string{"help"}, 0, "$ joule run first.ipynb"},
		{[]string{"--help"}, 0, "$ joule doctor"},
		{[]string{"dance"}, 2, `there is no command "dance"`},
		{[]string{"run"}, 2, "run needs one notebook"},
		{[]string{"run", "a", "b"}, 2, "run needs one notebook"},
		{[]string{"run", "-help"}, 0, "Usage: joule run NOTEBOOK.ipynb"},
		{[]string{"run", "-nonsense"}, 2, "-nonsense"},
		{[]string{"kernel"}, 2, "kernel needs a connection file"},
		{[]string{"version"}, 0, "joule "},
		{[]string{"-version"}, 0, "go1."},
		{[]string{"version", "x"}, 2, "takes no arguments"},
		{[]string{"doctor", "x"}, 2, "takes no arguments"},
	} {
		status, out, errs := joule(t, test.args...)
		if status != test.status || !strings.Contains(out+errs, test.says) {
			t.Errorf("joule %q: status %d, want %d; %q is wanted in\n%s%s", test.args, status, test.status, test.says, out, errs)
		}
		if (status == 0) == (out == "") && test.args != nil && len(test.args) == 1 {
			t.Errorf("joule %q writes to the wrong stream: %q and %q", test.args, out, errs)
		}
	}
}

// A broken connection file is one sentence that names the file, and status 2.
func TestBrokenConnectionFiles(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "half": `{"shell_port": 1`, "list": "[]", "text": "hello", "port": `{"shell_port": "x"}`, "range": `{"shell_port": 70000}`,
		"twice": `{"shell_port": 5000, "hb_port": 5000}`, "transport": `{"transport": "udp"}`, "scheme": `{"key": "k", "signature_scheme": "md5"}`,
	} {
		path := file(t, name+".json", text)
		status, out, errs := joule(t, "kernel", "-f", path)
		if status != 2 || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, path) {
			t.Errorf("%s: status %d\n%s%s", name, status, out, errs)
		}
	}
	status, _, errs := joule(t, "kernel", "-f", filepath.Join(t.TempDir(), "absent.json"))
	if status != 2 || strings.Count(errs, "\n") != 1 {
		t.Errorf("absent: status %d\n%s", status, errs)
	}
}

func TestRunPrints(t *testing.T) {
	path := code(t, `import "fmt"`, `fmt.Println("hello"); x := 20`, "x + 22")
	status, out, errs := joule(t, "run", path)
	if status != 0 || out != "hello\n42\n" || errs != "" {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
}

func TestRunWritesANotebook(t *testing.T) {
	path, out := code(t, "6 * 7"), filepath.Join(t.TempDir(), "out.ipynb")
	if status, stdout, errs := joule(t, "run", path, "-o", out); status != 0 || stdout+errs != "" {
		t.Fatalf("status %d, %q, %q", status, stdout, errs)
	}
	nb, err := notebook.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	outs, err := nb.Cells[1].Outputs()
	if err != nil || len(outs) != 1 || outs[0].Plain() != "42" || outs[0].Kind != "execute_result" || nb.Cells[1].Count() != 1 {
		t.Errorf("%+v, %v", outs, err)
	}
	if info := string(nb.Metadata("language_info")); !strings.Contains(info, `"go"`) {
		t.Errorf("language_info %s", info)
	}
}

func TestRunFails(t *testing.T) {
	path, out := code(t, "1", "a := 1\nnonsense(a)", "3"), filepath.Join(t.TempDir(), "out.ipynb")
	status, _, errs := joule(t, "run", path, "-o", out)
	if status != 1 {
		t.Errorf("status %d", status)
	}
	for _, want := range []string{path + ": cell 3 failed", "   2 | nonsense(a)", "undefined: nonsense"} {
		if !strings.Contains(errs, want) {
			t.Errorf("%q is missing in\n%s", want, errs)
		}
	}
	nb, err := notebook.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if nb.Cells[1].Count() != 1 || nb.Cells[3].Count() != 0 {
		t.Error("what ran before the failure is not in the file, or more is")
	}
	if status, _, errs := joule(t, "run", "-timeout", "1s", code(t, "for { }")); status != 1 || !strings.Contains(errs, "time is up") {
		t.Errorf("an endless cell: status %d, %s", status, errs)
	}
	if status, _, errs := joule(t, "run", file(t, "bad.ipynb", "{}")); status != 2 || strings.Count(errs, "\n") != 1 {
		t.Errorf("no notebook: status %d, %s", status, errs)
	}
	if status, _, errs := joule(t, "run", "/no/such.ipynb"); status != 2 || strings.Count(errs, "\n") != 1 {
		t.Errorf("no file: status %d, %s", status, errs)
	}
}

// What fails is shown where it fails, whether the run goes on after it or not, in colours only to a person.
func TestRunShowsErrors(t *testing.T) {
	path := code(t, "1", "import (\"fmt\"; \"os\")\nfmt.Fprintln(os.Stderr, \"before\")", "a := 1\nnonsense(a)", "fmt.Fprintln(os.Stderr, \"\\x1b[1mafter\\x1b[0m\"); 3")
	const failure = "cell 4 failed: CompileError: cell[3]:2:1: undefined: nonsense\n   1 | a := 1\n   2 | nonsense(a)\ncell[3]:2:1: undefined: nonsense\n    nonsense(a)\n    ^\n"
	for _, test := range []struct {
		why    string
		args   []string
		status int
		out    string
		errs   string // after the first line
	}{
		{"it ends the run", []string{"run", path}, 1, "1\n", "joule: " + path + ": " + failure},
		{"it does not", []string{"run", "-allow-errors", path}, 0, "1\n3\n", "joule: " + path + ": " + failure + "\x1b[1mafter\x1b[0m\n"},
	} {
		status, out, errs := joule(t, test.args...)
		before, errs, _ := strings.Cut(errs, "\n")
		if status != test.status || out != test.out || before != "before" || errs != test.errs {
			t.Errorf("%s: status %d\n%q\n%s, %q\nwant %q", test.why, status, out, before, errs, test.errs)
		}
	}
	terminal := []string{"-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)", setuptest.Installed(t).Joule(), "run", path}
	cmd := exec.CommandContext(t.Context(), setuptest.Python(t), terminal...)
	if said, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(said), "\x1b[31m") {
		t.Errorf("on a terminal: %v\n%q", err, said)
	}
}

// An error that a cell is tagged for is a part of what the notebook shows.
func TestRunShowsWelcomeErrors(t *testing.T) {
	text, err := os.ReadFile(code(t, "panic(\"on purpose\")", "2"))
	if err != nil {
		t.Fatal(err)
	}
	tagged := strings.Replace(string(text), `"execution_count":null,"metadata":{}`, `"execution_count":null,"metadata":{"tags":["raises-exception"]}`, 1)
	status, out, errs := joule(t, "run", file(t, "tagged.ipynb", tagged))
	if status != 0 || out != "2\n" || !strings.HasPrefix(errs, "Panic: on purpose\n") {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
}

func TestDoctor(t *testing.T) {
	status, out, errs := joule(t, "doctor")
	if status != 0 || strings.Contains(out, "FAIL") || errs != "" {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	for _, what := range []string{"worker", "go ", "compiler", "kernelspec", "interpreter", "compiled"} {
		if !strings.Contains(out, "ok    "+what) {
			t.Errorf("nothing is said of %s in\n%s", what, out)
		}
	}
}

// A joule that was copied without the rest says so in one sentence.
func TestAloneItSaysWhatIsMissing(t *testing.T) {
	program, err := os.ReadFile(setuptest.Installed(t).Joule())
	if err != nil {
		t.Fatal(err)
	}
	alone := filepath.Join(t.TempDir(), "joule")
	if err := os.WriteFile(alone, program, 0o755); err != nil {
		t.Fatal(err)
	}
	said, err := exec.CommandContext(t.Context(), alone, "run", code(t, "1")).CombinedOutput()
	if err == nil || strings.Count(string(said), "\n") != 1 || !strings.Contains(string(said), "go run ./install") {
		t.Errorf("%v: %s", err, said)
	}
}

// Cells compile from what the installer has kept: without a network, without the person's module cache and checkout, and whatever
// the person has set for their own builds.
func TestCompiledCellsNeedOnlyTheInstallation(t *testing.T) {
	name := fmt.Sprintf("T%d", time.Now().UnixNano()) // new to the cache of compiled cells
	path := code(t, "type "+name+" struct{ X int }\n\nfunc (t "+name+") String() string { return \"compiled\" }", "import \"fmt\"\nfmt.Println("+name+"{1})")
	cmd := exec.CommandContext(t.Context(), setuptest.Installed(t).Joule(), "run", path)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOMODCACHE="+t.TempDir(), "GOFLAGS=-mod=vendor -race", "GOWORK=/no/such/go.work", "GO111MODULE=off", "CGO_ENABLED=0")
	said, err := cmd.CombinedOutput()
	if err != nil || string(said) != "compiled\n" {
		t.Errorf("%v\n%s", err, said)
	}
}
