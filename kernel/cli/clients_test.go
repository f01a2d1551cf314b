package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"joule/install/setup/setuptest"
	"joule/kernel/notebook"
)

// The tests of this file talk to the installed kernel with programs that nobody here wrote.

// tutorial is the path of the first tutorial.
func tutorial(t *testing.T) string {
	t.Helper()
	path := filepath.Join(setuptest.Root(t), "notebooks", "01_first_energy.ipynb")
	if _, err := os.ReadFile(path); err != nil { // so that the go command knows that the result depends on it
		t.Fatal(err)
	}
	return path
}

// TestJupyterKernelTest runs the conformance suite of the Jupyter project. Every test must have run.
func TestJupyterKernelTest(t *testing.T) {
	python, env := setuptest.Python(t), setuptest.Env(t, setuptest.Installed(t))
	said := setuptest.Run(t, env, python, filepath.Join("testdata", "conformance.py"), "-v")
	t.Log(said)
	if skipped := regexp.MustCompile(`(?m)^test_\w+ .*\.\.\. skipped`).FindAllString(said, -1); len(skipped) > 0 {
		t.Errorf("skipped: %q", skipped)
	}
	if n := strings.Count(said, "... ok"); n < 13 {
		t.Errorf("only %d tests have run", n)
	}
}

// TestJupyterClient starts, uses, interrupts, restarts and ends the kernel as Jupyter's own library does.
func TestJupyterClient(t *testing.T) {
	python, env := setuptest.Python(t), setuptest.Env(t, setuptest.Installed(t))
	t.Log(setuptest.Run(t, env, python, filepath.Join("testdata", "client.py")))
}

// TestEncrypted does so with CurveZMQ between them, which Jupyter's library starts only for kernels that declare it.
func TestEncrypted(t *testing.T) {
	python, env := setuptest.Python(t), setuptest.Env(t, setuptest.Installed(t))
	t.Log(setuptest.Run(t, env, python, filepath.Join("testdata", "encrypted.py")))
}

// TestConsole types into Jupyter's console at a terminal.
func TestConsole(t *testing.T) {
	python, env := setuptest.Python(t), setuptest.Env(t, setuptest.Installed(t))
	t.Log(setuptest.Run(t, env, python, filepath.Join("testdata", "console.py")))
}

// TestTyping asks what front ends ask while somebody types, through Jupyter's own library.
func TestTyping(t *testing.T) {
	python, env := setuptest.Python(t), setuptest.Env(t, setuptest.Installed(t))
	t.Log(setuptest.Run(t, env, python, filepath.Join("testdata", "assist.py")))
}

// What nbconvert is told of slow and busy computers, in seconds.
const (
	startPatience  = "--ExecutePreprocessor.startup_timeout=300"
	outputPatience = "--ExecutePreprocessor.iopub_timeout=300"
)

// TestExecutors runs the first tutorial with three programs that run notebooks, and reads what they wrote.
func TestExecutors(t *testing.T) {
	env := setuptest.Env(t, setuptest.Installed(t))
	in, dir := tutorial(t), t.TempDir()
	for name, args := range map[string][]string{
		"nbclient":  {"jupyter-execute", "--startup_timeout=300", "--output=" + filepath.Join(dir, "nbclient"), in},
		"nbconvert": {"jupyter-nbconvert", "--execute", startPatience, outputPatience, "--to=notebook", "--output=" + filepath.Join(dir, "nbconvert.ipynb"), in},
		"papermill": {"papermill", "--no-progress-bar", "--start-timeout=300", in, filepath.Join(dir, "papermill.ipynb")},
	} {
		t.Run(name, func(t *testing.T) {
			setuptest.Run(t, env, setuptest.Tool(t, args[0]), args[1:]...)
			nb, err := notebook.ReadFile(filepath.Join(dir, name+".ipynb"))
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range nb.Cells {
				if c.Kind() == "code" && c.Count() == 0 {
					t.Errorf("cell %d did not run", i+1)
				}
			}
			last := nb.Cells[len(nb.Cells)-1]
			outs, err := last.Outputs()
			if err != nil || len(outs) != 1 || !strings.Contains(outs[0].Plain(), "as it should be") {
				t.Errorf("the check says %+v (%v)", outs, err)
			}
		})
	}
}

// TestExport: a page made of the tutorial shows its Go highlighted as Go.
func TestExport(t *testing.T) {
	python, env := setuptest.Python(t), setuptest.Env(t, setuptest.Installed(t))
	page := filepath.Join(t.TempDir(), "page.html")
	setuptest.Run(t, env, python, "-m", "nbconvert", "--execute", startPatience, outputPatience, "--to=html", "--output="+page, tutorial(t))
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "highlight hl-go") || strings.Contains(string(text), "hl-ipython3") {
		t.Error("the cells are not highlighted as Go")
	}
	if !strings.Contains(string(text), "<svg") && !strings.Contains(string(text), "image/svg") && !strings.Contains(string(text), "image/png") {
		t.Error("the page has no picture")
	}
}
