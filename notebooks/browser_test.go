package notebooks_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"joule/install/setup/setuptest"
)

// TestInTheBrowser opens the first tutorial in a real JupyterLab with a real browser, runs all cells and looks at the result. With
// JOULE_SCREENSHOTS=DIR the pictures of the screen are kept there.
func TestInTheBrowser(t *testing.T) {
	browser := setuptest.FindBrowser(t)
	lab := setuptest.Tool(t, "jupyter-lab")
	env := setuptest.Env(t, setuptest.Installed(t))
	folder := t.TempDir()
	text, err := os.ReadFile("01_first_energy.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "01_first_energy.ipynb"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	quiet(t, env)
	url := startLab(t, lab, env, folder)
	shots := os.Getenv("JOULE_SCREENSHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	cmd := exec.CommandContext(t.Context(), browser.Node, filepath.Join("testdata", "lab.mjs"), browser.Chromium,
		strings.Replace(url, "/lab?", "/lab/tree/01_first_energy.ipynb?", 1), shots)
	cmd.Env = append(env, "NODE_PATH="+browser.Modules)
	said, err := cmd.CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	var report struct {
		Cells, Ran, Pictures int
		Errors               []string
		Kernel               string
	}
	if jsonErr := json.Unmarshal([]byte(lines[len(lines)-1]), &report); err != nil || jsonErr != nil {
		log, _ := os.ReadFile(filepath.Join(folder, "lab.log"))
		t.Fatalf("%v %v\n%s\n%s", err, jsonErr, said, log)
	}
	if len(report.Errors) > 0 || report.Cells == 0 || report.Ran != report.Cells || report.Pictures < 3 || report.Kernel != "Go (Joule)" {
		t.Errorf("%+v\n%s", report, said)
	}
	checkScreenshot(t, filepath.Join(shots, "picture-1.png"))
}

// quiet answers the question whether to fetch news, which would hide a part of the page.
func quiet(t *testing.T, env []string) {
	t.Helper()
	for _, kv := range env {
		if dir, found := strings.CutPrefix(kv, "JUPYTERLAB_SETTINGS_DIR="); found {
			file := filepath.Join(dir, "@jupyterlab", "apputils-extension", "notification.jupyterlab-settings")
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(`{"fetchNews": "false"}`), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// startLab starts JupyterLab on folder and returns the address that it prints, which holds the token.
func startLab(t *testing.T, lab string, env []string, folder string) string {
	t.Helper()
	args := []string{"--no-browser", "--ServerApp.root_dir=" + folder, "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0",
		"--LabApp.expose_app_in_browser=True", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"}
	if os.Geteuid() == 0 {
		args = append(args, "--allow-root")
	}
	cmd := exec.Command(lab, args...)
	cmd.Env = env
	cmd.WaitDelay = 10 * time.Second
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) // ends its kernels, too
		timer := time.AfterFunc(2*time.Minute, func() { cmd.Process.Kill() })
		defer timer.Stop()
		cmd.Wait()
	})
	address := make(chan string, 1)
	go func() {
		log, _ := os.Create(filepath.Join(folder, "lab.log")) // where a person looks when the test fails
		defer log.Close()
		pattern, sent := regexp.MustCompile(`http://127\.0\.0\.1:\d+/lab\?token=\w+`), false
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			fmt.Fprintln(log, lines.Text())
			if url := pattern.FindString(lines.Text()); url != "" && !sent {
				address <- url
				sent = true
			}
		}
		io.Copy(io.Discard, stderr)
	}()
	select {
	case url := <-address:
		return url
	case <-time.After(10 * time.Minute):
		t.Fatal("JupyterLab does not say where it is")
		return ""
	}
}

// checkScreenshot makes sure that the picture of the screen shows an energy landscape: many colours, dark ones among them.
func checkScreenshot(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	colours, box := map[[3]uint32]bool{}, img.Bounds()
	for y := box.Min.Y; y < box.Max.Y; y += 2 {
		for x := box.Min.X; x < box.Max.X; x += 2 {
			r, g, b, _ := img.At(x, y).RGBA()
			colours[[3]uint32{r >> 12, g >> 12, b >> 12}] = true
		}
	}
	if len(colours) < 60 { // JupyterLab alone has about 30 in this coarse palette
		t.Errorf("the screenshot has %d colours only: is there a landscape?", len(colours))
	}
}
