// Package cli is the joule command: where kernel, sockets and worker are put together.
//
//	joule kernel -f FILE         serve a notebook front end; kernelspecs start this
//	joule run NOTEBOOK.ipynb     run a notebook without a front end
//	joule doctor                 check the installation, by running cells with it
//	joule version
//
// The kernel process holds the sockets only: it links neither the interpreter nor the library of energies, so that it
// answers within milliseconds and no cell can harm it. Cells run in joule-worker, which it starts.
//
// The map: cli.go finds the command; kernel.go, run.go, doctor.go and version.go are one command each; place.go finds the
// files of the installation; parent_*.go notice the end of the process that a kernel was started for.
package cli
