//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"joule/install/setup/setuptest"
)

// blocks returns the fenced blocks of a language in the README.
func blocks(t *testing.T, language string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		list = append(list, strings.TrimSpace(m[1]))
	}
	return list
}

// TestReadmeCells runs the code of the README, cell after cell.
func TestReadmeCells(t *testing.T) {
	cells := blocks(t, "go")
	if len(cells) < 3 {
		t.Fatalf("%d cells in the README", len(cells))
	}
	var list []map[string]any
	for _, c := range cells {
		list = append(list, map[string]any{"cell_type": "code", "metadata": map[string]any{}, "outputs": []any{}, "source": c})
	}
	text, err := json.Marshal(map[string]any{"cells": list, "metadata": map[string]any{}, "nbformat": 4, "nbformat_minor": 5})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "readme.ipynb")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	said := setuptest.Run(t, append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir()), // where plugins are written
		setuptest.Installed(t).Joule(), "run", file)
	if !strings.Contains(said, "R-hat") {
		t.Errorf("the cells say:\n%s", said)
	}
}

// TestReadmeCommands: the first command of the README is run as it stands until JupyterLab gives its address, and ended with Ctrl-C; the
// second is the one that runs this test, here and in .ci/run.
func TestReadmeCommands(t *testing.T) {
	commands := blocks(t, "sh")
	if !slices.Equal(commands, []string{"go run ./install", "go test ./..."}) {
		t.Fatalf("the README has the commands %q: run the new ones here too", commands)
	}
	ci, err := os.ReadFile(filepath.Join("..", ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^go test .*\./\.\.\.$`).Match(ci) {
		t.Error(".ci/run does not run the test command")
	}
	installed := setuptest.Installed(t) // what it builds is in the compiler's cache afterwards
	env := append(setuptest.Env(t, installed), homeOf(t)...)
	env = append(env, "PATH="+filepath.Dir(setuptest.Python(t))+string(os.PathListSeparator)+os.Getenv("PATH"), "BROWSER=", "DISPLAY=", "WAYLAND_DISPLAY=")
	openAndEnd(t, commands[0], env)
}

// homeOf returns a home folder of its own, with the caches of the real one.
func homeOf(t *testing.T) []string {
	t.Helper()
	env := []string{"HOME=" + t.TempDir(), "XDG_DATA_HOME="}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+strings.TrimSpace(string(value)))
	}
	return env
}

func openAndEnd(t *testing.T, command string, env []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	words := strings.Fields(command)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir, cmd.Env = setuptest.Root(t), env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C reaches all processes of the terminal's group
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/lab/tree/01_first_energy\.ipynb\?token=[0-9a-f]{20,}`)
	opened := false
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if !opened && address.MatchString(lines.Text()) {
			opened = true
			t.Logf("JupyterLab is open after %v", time.Since(begin).Round(100*time.Millisecond))
			syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
		}
	}
	err = cmd.Wait() // the go command itself ends with status 1 after Ctrl-C, whatever the program did
	if ctx.Err() != nil || !opened || !strings.Contains(said.String(), "JupyterLab has ended.") {
		t.Errorf("%s: %v, opened: %v\n%s", command, err, opened, &said)
	}
}
