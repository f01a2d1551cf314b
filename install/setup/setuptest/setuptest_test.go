package setuptest

import "testing"

// TestPython makes the virtual environment that tests of other packages look for, and which they cannot make: run it before them
// where nothing may be skipped.
func TestPython(t *testing.T) {
	Run(t, nil, Python(t), "-c", "import jupyterlab, jupyter_client, jupyter_console, jupyter_kernel_test, nbclient, nbconvert, papermill, pexpect, zmq")
}
