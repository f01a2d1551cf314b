package notebooks_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"joule/install/setup/setuptest"
)

// written is a notebook with cells of code.
func written(t *testing.T, cells ...string) []byte {
	t.Helper()
	var list []map[string]any
	for i, c := range cells {
		list = append(list, map[string]any{"cell_type": "code", "id": string(rune('a' + i)), "execution_count": nil,
			"metadata": map[string]any{}, "outputs": []any{}, "source": c})
	}
	text, err := json.Marshal(map[string]any{"cells": list, "nbformat": 4, "nbformat_minor": 5, "metadata": map[string]any{
		"kernelspec": map[string]string{"name": "joule", "display_name": "Go (Joule)", "language": "go"}}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestUseInTheBrowser is a person's morning in a real JupyterLab: a cell that does not end is interrupted, the kernel is restarted
// and everything run, a question answered, a bar watched; another notebook has a kernel of its own, and after the tab was closed
// everything is still there. With JOULE_SCREENSHOTS=DIR the pictures of the screen are kept there.
func TestUseInTheBrowser(t *testing.T) {
	browser := setuptest.FindBrowser(t)
	lab := setuptest.Tool(t, "jupyter-lab")
	env := setuptest.Env(t, setuptest.Installed(t))
	folder := t.TempDir()
	for name, text := range map[string][]byte{
		"a.ipynb": written(t, "n := 6 * 7\nn", "import \"fmt\"\nfmt.Println(\"running\")\nfor {\n}",
			"import \"fmt\"\nvar name string\nfmt.Print(\"name? \")\nfmt.Scanln(&name)\nfmt.Println(\"hello\", name)",
			"bar := display.Progress(50)\nfor range 50 {\n\tbar.Add(1)\n}"),
		"b.ipynb": written(t, "n"),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	quiet(t, env)
	url := startLab(t, lab, env, folder)
	shots := os.Getenv("JOULE_SCREENSHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	cmd := exec.CommandContext(t.Context(), browser.Node, filepath.Join("testdata", "use.mjs"), browser.Chromium, url, shots)
	cmd.Env = append(env, "NODE_PATH="+browser.Modules)
	said, err := cmd.CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	type cell struct {
		Text  string
		Count int
		Error bool
	}
	var report struct {
		Interrupted, Restarted []cell
		Kernels                []string
		Other                  string
		Back                   bool
		Came                   cell
	}
	if jsonErr := json.Unmarshal([]byte(lines[len(lines)-1]), &report); err != nil || jsonErr != nil {
		t.Fatalf("%v %v\n%s", err, jsonErr, said)
	}
	if len(report.Interrupted) != 4 || len(report.Restarted) != 4 {
		t.Fatalf("%+v\n%s", report, said)
	}
	if c := report.Interrupted; c[0].Text != "42" || !c[1].Error || !strings.Contains(c[1].Text, "Interrupted") || c[2].Text+c[3].Text != "" {
		t.Errorf("after the interrupt: %+v", c)
	}
	for i, want := range []string{"42", "43", "hello Zoë", "50"} {
		if c := report.Restarted[i]; c.Error || c.Count != i+1 || !strings.Contains(c.Text, want) {
			t.Errorf("after the restart cell %d: %+v, want %q", i+1, c, want)
		}
	}
	if len(report.Kernels) != 2 || report.Kernels[0] == report.Kernels[1] || !strings.Contains(report.Other, "undefined: n") {
		t.Errorf("the other notebook has kernel %q and says %q", report.Kernels, report.Other)
	}
	if !report.Back || report.Came.Text != "84" || report.Came.Count != 5 {
		t.Errorf("back in the first: the same kernel: %v; %+v", report.Back, report.Came)
	}
}
