package setup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// labArgs are the arguments that JupyterLab is started with: on this computer's own address only, with the access token that it
// makes up itself, and without the question whether Ctrl-C was meant.
func labArgs(notebooks, first string, display bool) []string {
	args := []string{
		"--ServerApp.root_dir=" + notebooks, "--ServerApp.ip=127.0.0.1", "--ServerApp.answer_yes=True",
		"--ServerApp.log_level=WARN", "--LabApp.log_level=WARN",
	}
	if first != "" {
		args = append(args, "--LabApp.default_url=/lab/tree/"+first)
	}
	if !display {
		args = append(args, "--no-browser")
	}
	if os.Geteuid() == 0 { // Jupyter refuses to be run by root otherwise; who is root has chosen to be
		args = append(args, "--allow-root")
	}
	return args
}

// hasDisplay tells whether a browser can be opened here.
func hasDisplay() bool {
	if os.Getenv("BROWSER") != "" {
		return true
	}
	switch runtime.GOOS {
	case "darwin", "windows":
		return os.Getenv("SSH_CONNECTION") == ""
	}
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// openLab runs JupyterLab in the foreground on the folder of notebooks and returns when it has ended. When ctx ends (Ctrl-C), it
// is asked to end, and so are its kernels.
func openLab(ctx context.Context, lab string, l Layout, notebooks string, stdout, stderr io.Writer) error {
	first := "01_first_energy.ipynb"
	if _, err := os.Stat(filepath.Join(notebooks, first)); err != nil {
		first = ""
	}
	display := hasDisplay()
	if display {
		fmt.Fprintf(stdout, "Opening JupyterLab on %s. Ctrl-C ends it.\n", notebooks)
	} else {
		fmt.Fprintf(stdout, "Starting JupyterLab on %s. There is no display here: open the address below in a browser. Ctrl-C ends it.\n", notebooks)
	}
	cmd := exec.CommandContext(ctx, lab, labArgs(notebooks, first, display)...)
	cmd.Env = append(os.Environ(), "JUPYTER_PATH="+jupyterPath(l))
	cmd.Stdout, cmd.Stderr = stdout, stderr
	ownGroup(cmd) // so that Ctrl-C reaches it once, from here
	cmd.Cancel = func() error { return terminate(cmd.Process) }
	cmd.WaitDelay = 20 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		fmt.Fprintln(stdout, "JupyterLab has ended.")
		return nil
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return problem(err, "JupyterLab ended with status %d: what it said is above.", exit.ExitCode())
	}
	return err
}

// jupyterPath makes a kernelspec under a prefix of its own visible.
func jupyterPath(l Layout) string {
	path := filepath.Dir(l.Kernels)
	if old := os.Getenv("JUPYTER_PATH"); old != "" {
		path += string(os.PathListSeparator) + old
	}
	return path
}
