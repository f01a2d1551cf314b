package notebooks_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"joule/install/setup/setuptest"
	"joule/kernel/notebook"
)

// tutorials returns the notebooks of this folder.
func tutorials(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("[0-9][0-9]_*.ipynb") // the tutorials, and not what somebody tried out beside them
	if err != nil || len(files) == 0 {
		t.Fatalf("no notebooks here (%v)", err)
	}
	return files
}

// TestTutorials runs every tutorial from top to bottom with `joule run`, as a reader without Python would.
func TestTutorials(t *testing.T) {
	joule := setuptest.Installed(t).Joule()
	for _, file := range tutorials(t) {
		t.Run(file, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.ipynb")
			begin := time.Now()
			said, err := exec.CommandContext(t.Context(), joule, "run", file, "-o", out, "-timeout", "10m").CombinedOutput()
			t.Logf("%v", time.Since(begin).Round(time.Millisecond))
			if err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			nb, err := notebook.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			pictures := 0
			for i, c := range nb.Cells {
				outs, err := c.Outputs()
				if err != nil {
					t.Fatalf("cell %d: %v", i+1, err)
				}
				if c.Kind() == "code" && c.Count() == 0 {
					t.Errorf("cell %d did not run", i+1)
				}
				for _, o := range outs {
					if o.Data["image/svg+xml"] != nil || o.Data["image/png"] != nil {
						pictures++
					}
					if o.Kind == "stream" && o.Name == "stderr" {
						t.Errorf("cell %d writes to stderr: %s", i+1, o.Text)
					}
				}
			}
			if pictures == 0 {
				t.Error("no cell shows a picture")
			}
		})
	}
}

// TestTheCheckFailsWhenItIsWrong is the control of the checks: a ring of another width, and a network that has hardly been trained,
// must not pass.
func TestTheCheckFailsWhenItIsWrong(t *testing.T) {
	for _, c := range []struct{ file, right, wrong, says string }{
		{"01_first_energy.ipynb", `Square().Div(0.125)`, `Square().Div(0.5)`, "the mean radius is"},
		{"02_train_an_energy.ipynb", `Steps: 1500`, `Steps: 15`, "the likelihood of new points is"},
	} {
		text, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		wrong := strings.Replace(string(text), c.right, c.wrong, 1)
		if wrong == string(text) {
			t.Fatalf("%s has changed: change this test with it", c.file)
		}
		file := filepath.Join(t.TempDir(), "wrong.ipynb")
		if err := os.WriteFile(file, []byte(wrong), 0o644); err != nil {
			t.Fatal(err)
		}
		said, err := exec.CommandContext(t.Context(), setuptest.Installed(t).Joule(), "run", file).CombinedOutput()
		if err == nil || !strings.Contains(string(said), c.says) {
			t.Errorf("%s: what is wrong passes the check (%v):\n%s", c.file, err, said)
		}
	}
}

// TestTutorialsAreKeptClean: without outputs, in the layout that Jupyter writes, with the kernel's name and ids that can be told apart.
func TestTutorialsAreKeptClean(t *testing.T) {
	for _, file := range tutorials(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		nb, err := notebook.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if spec := string(nb.Metadata("kernelspec")); !strings.Contains(spec, `"joule"`) {
			t.Errorf("%s is for another kernel: %s", file, spec)
		}
		nb.Strip()
		clean, err := nb.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if string(clean) != string(text) {
			t.Errorf("%s has outputs, or another layout than Jupyter's: in JupyterLab, clear all outputs and save", file)
		}
		last := nb.Cells[len(nb.Cells)-1]
		if last.Kind() != "code" || !strings.Contains(last.Source(), "panic(") {
			t.Errorf("%s does not end in a check that can fail", file)
		}
	}
}
