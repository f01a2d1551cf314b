package notebooks_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"joule/install/setup/setuptest"
)

const assistNotebook = `{"cells": [{"cell_type": "code", "id": "ring", "execution_count": null, "metadata": {}, "outputs": [], "source": [
"// Ring is a circular valley.\n", "type Ring struct {\n", "\tRadius float64 // where the valley lies\n", "\tWidth float64\n", "}\n",
"// Energy is low in the valley.\n", "func (r Ring) Energy(x ...float64) float64 { return r.Radius }\n", "ring := Ring{Radius: 2}"]}],
"metadata": {"kernelspec": {"name": "joule", "display_name": "Go (Joule)", "language": "go"}}, "nbformat": 4, "nbformat_minor": 5}`

// TestTypingInTheBrowser types into a notebook in a real JupyterLab: Shift-Tab shows documentation, Tab a menu with the kinds of
// names. With JOULE_SCREENSHOTS=DIR the pictures of the screen are kept there.
func TestTypingInTheBrowser(t *testing.T) {
	browser := setuptest.FindBrowser(t)
	lab := setuptest.Tool(t, "jupyter-lab")
	env := setuptest.Env(t, setuptest.Installed(t))
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "ring.ipynb"), []byte(assistNotebook), 0o644); err != nil {
		t.Fatal(err)
	}
	quiet(t, env)
	url := startLab(t, lab, env, folder)
	shots := os.Getenv("JOULE_SCREENSHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	cmd := exec.CommandContext(t.Context(), browser.Node, filepath.Join("testdata", "assist.mjs"), browser.Chromium,
		strings.Replace(url, "/lab?", "/lab/tree/ring.ipynb?", 1), shots)
	cmd.Env = append(env, "NODE_PATH="+browser.Modules)
	said, err := cmd.CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	var report struct {
		Tips  map[string]string
		Menus map[string][][]string
	}
	if jsonErr := json.Unmarshal([]byte(lines[len(lines)-1]), &report); err != nil || jsonErr != nil {
		t.Fatalf("%v %v\n%s", err, jsonErr, said)
	}
	for code, words := range map[string][]string{
		"ring.Energy(":   {"func (r Ring) Energy(x ...float64) float64", "Energy is low in the valley.", "Declared in cell 1."},
		"strings.Split(": {"func Split(s, sep string) []string", "Split slices s"},
		"viz.Landscape(": {"func Landscape(", "Landscape draws"},
	} {
		for _, w := range words {
			if !strings.Contains(report.Tips[code], w) {
				t.Errorf("Shift-Tab after %s shows %q, without %q", code, report.Tips[code], w)
			}
		}
	}
	for code, want := range map[string][]string{
		"ring.":      {"Radius field", "Width field", "Energy method"},
		"x := Ring{": {"Radius: field", "Width: field"},
		"ebm.Def":    {"Define function", "DefineModel function"},
	} {
		var got []string
		for _, entry := range report.Menus[code] { // an icon with the first letter of the kind, the name, the kind
			got = append(got, strings.Join(entry[1:], " "))
		}
		if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("Tab after %s offers %q, want first %q", code, got, want)
		}
	}
}
