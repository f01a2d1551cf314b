package worker_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"joule/install/setup"
	"joule/install/setup/setuptest"
	"joule/kernel/conformance/cells"
	"joule/kernel/worker"
)

// patience is how long anything may take: far longer than what is expected takes on a slow and busy computer.
const patience = 5 * time.Minute

// installed is the installation whose worker is tested. JOULE_TEST_PREFIX names one to use as it is, while working on the tests.
func installed(t testing.TB) setup.Layout {
	t.Helper()
	if prefix := os.Getenv("JOULE_TEST_PREFIX"); prefix != "" {
		l, err := setup.PrefixLayout(prefix)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	return setuptest.Installed(t)
}

// engine starts an engine whose cells run in an empty folder.
func engine(t testing.TB) *worker.Engine {
	t.Helper()
	l := installed(t)
	e, err := worker.New(worker.Options{Worker: l.Worker(), Lib: l.Lib(), Catalog: l.Catalog(), Dir: t.TempDir(), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(false); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return e
}

// TestScripts runs the scripts in testdata, each in a session of its own.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		scripts, err := cells.Parse(string(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, s := range scripts {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+"/"+s.Name, func(t *testing.T) {
				runScript(t, file, s)
			})
		}
	}
}

func runScript(t *testing.T, file string, s cells.Script) {
	e := engine(t)
	for i, c := range s.Cells {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		got := cells.Show(ctx, e, i+1, c.Code)
		ended := ctx.Err() == nil
		cancel()
		if !ended {
			t.Fatalf("%s:%d: cell %d does not end; it showed\n%s", file, c.Line, i+1, strings.Join(got, "\n"))
		}
		if why := cells.Match(got, c.Want); why != "" {
			t.Errorf("%s:%d: cell %d (%s)\n%s\n%s\nall of it:\n%s", file, c.Line, i+1, s.Why, c.Code, why, strings.Join(got, "\n"))
		}
	}
}
