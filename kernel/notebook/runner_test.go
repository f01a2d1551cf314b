package notebook_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"joule/install/setup"
	"joule/install/setup/setuptest"
	"joule/kernel/notebook"
)

// python returns the command of the Python kernel, which comes with JupyterLab: a kernel that nobody here wrote.
func python(t *testing.T) (argv, env []string) {
	interpreter := setuptest.Python(t)
	return []string{interpreter, "-m", "ipykernel_launcher", "-f", "{connection_file}"}, setuptest.Env(t, setup.Layout{})
}

// cells makes a notebook of code cells.
func cells(t *testing.T, sources ...string) *notebook.Notebook {
	t.Helper()
	var list []string
	for _, s := range sources {
		tags := "[]"
		if rest, tagged := strings.CutPrefix(s, "@"); tagged {
			var tag string
			tag, s, _ = strings.Cut(rest, "\n")
			tags = `["` + tag + `"]`
		}
		list = append(list, `{"cell_type":"code","execution_count":null,"metadata":{"tags":`+tags+`},"outputs":[],"source":[`+quoted(s)+`]}`)
	}
	nb, err := notebook.Parse([]byte(`{"cells":[` + strings.Join(list, ",") + `],"metadata":{},"nbformat":4,"nbformat_minor":5}`))
	if err != nil {
		t.Fatal(err)
	}
	return nb
}

// quoted returns the lines of s as JSON strings.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n","`).Replace(s) + `"`
}

func plain(t *testing.T, c *notebook.Cell) string {
	t.Helper()
	outs, err := c.Outputs()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, o := range outs {
		all = append(all, o.Kind+" "+o.Plain())
	}
	return strings.Join(all, "|")
}

// The same notebook, run by nbclient and by Run against the same kernel, must end up with the same outputs.
func TestRunAgreesWithNBClient(t *testing.T) {
	argv, env := python(t)
	nb := cells(t,
		"import sys\nprint('one')\nprint('two')\n6 * 7",
		"sys.stderr.write('err\\n'); sys.stderr.flush()\nNone",
		"from IPython.display import display, HTML, SVG, JSON, clear_output\nh = display({'text/plain': 'first'}, raw=True, display_id='d')\nprint('x')",
		"h.update({'text/plain': 'second', 'text/html': '<b>2</b>\\n<i>3</i>'}, raw=True)",
		"display({'application/json': {'a': [1, 2.5]}, 'image/png': 'aGVsbG8=', 'image/svg+xml': '<svg>\\n</svg>'}, raw=True)",
		"print('gone')\nclear_output(wait=True)\nprint('kept')",
		"print('gone')\nclear_output()",
		"@raises-exception\n1/0",
		"@skip-execution\nraise SystemExit",
		"  ",
		"'é ☃ \\u2028 <&>'",
	)
	dir := t.TempDir()
	in, theirs := filepath.Join(dir, "in.ipynb"), filepath.Join(dir, "out.ipynb")
	if err := nb.WriteFile(in); err != nil {
		t.Fatal(err)
	}
	setuptest.Run(t, env, argv[0], filepath.Join("testdata", "nbclient_run.py"), in, theirs)
	if err := notebook.Run(t.Context(), nb, notebook.Options{Command: argv, Env: env}); err != nil {
		t.Fatal(err)
	}
	ours := filepath.Join(dir, "ours.ipynb")
	if err := nb.WriteFile(ours); err != nil {
		t.Fatal(err)
	}
	want, _ := os.ReadFile(theirs)
	got, _ := os.ReadFile(ours)
	wantLines, gotLines := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range min(len(wantLines), len(gotLines)) {
		if wantLines[i] != gotLines[i] {
			t.Fatalf("line %d differs\nnbclient %s\njoule    %s\n\n%s", i+1, wantLines[i], gotLines[i], got)
		}
	}
	if len(wantLines) != len(gotLines) {
		t.Errorf("%d lines, nbclient has %d", len(gotLines), len(wantLines))
	}
}

func TestRunStopsAtTheFailingCell(t *testing.T) {
	argv, env := python(t)
	nb := cells(t, "print(1)", "raise ValueError('no good')", "print(3)")
	var seen []string
	err := notebook.Run(t.Context(), nb, notebook.Options{Command: argv, Env: env, Watch: func(i int, o notebook.Output) {
		seen = append(seen, strings.Repeat("+", i)+o.Kind)
	}})
	var failed *notebook.CellError
	if !errors.As(err, &failed) {
		t.Fatalf("error %v", err)
	}
	if failed.Index != 1 || failed.Name != "ValueError" || failed.Message != "no good" || len(failed.Traceback) == 0 ||
		failed.Source != "raise ValueError('no good')" {
		t.Errorf("%+v", failed)
	}
	if got := plain(t, nb.Cells[0]) + "/" + plain(t, nb.Cells[1]) + "/" + plain(t, nb.Cells[2]); got != "stream 1\n/error ValueError: no good/" {
		t.Errorf("outputs %q", got)
	}
	if got := strings.Join(seen, " "); got != "stream +error" {
		t.Errorf("watched %q", got)
	}
}

func TestRunGoesOnWhenErrorsAreAllowed(t *testing.T) {
	argv, env := python(t)
	nb := cells(t, "1/0", "2")
	if err := notebook.Run(t.Context(), nb, notebook.Options{Command: argv, Env: env, AllowErrors: true}); err != nil {
		t.Fatal(err)
	}
	if got := plain(t, nb.Cells[1]); got != "execute_result 2" {
		t.Errorf("second cell: %q", got)
	}
}

func TestRunReportsWhatHappenedToTheKernel(t *testing.T) {
	argv, env := python(t)
	sleep := cells(t, "import time; time.sleep(600)")
	for _, test := range []struct {
		name string
		nb   *notebook.Notebook
		o    notebook.Options
		want error
		says string
	}{
		{"death in a cell", cells(t, "import os, sys; os.write(2, b'last words'); os._exit(3)"),
			notebook.Options{Command: argv, Env: env}, notebook.ErrDied, "exit status 3"},
		{"death by a signal", cells(t, "import os; os.kill(os.getpid(), 9)"),
			notebook.Options{Command: argv, Env: env}, notebook.ErrDied, "signal: killed"},
		{"a cell that takes too long", sleep,
			notebook.Options{Command: argv, Env: env, Timeout: 300 * time.Millisecond}, notebook.ErrTimeout, "cell 1"},
		{"a kernel that ends at once", sleep,
			notebook.Options{Command: []string{argv[0], "-c", "print('sorry'); raise SystemExit(7)"}}, notebook.ErrDied, "sorry"},
		{"a kernel that never answers", sleep,
			notebook.Options{Command: []string{argv[0], "-c", "import time; time.sleep(600)"}, Start: 300 * time.Millisecond},
			notebook.ErrTimeout, "does not answer"},
		{"a kernel that does not exist", sleep, notebook.Options{Command: []string{"/no/such/kernel"}}, os.ErrNotExist, "does not start"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := notebook.Run(t.Context(), test.nb, test.o)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want %v that says %q", err, test.want, test.says)
			}
		})
	}
}
