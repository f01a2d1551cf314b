// Package setup installs Joule and opens JupyterLab on its tutorials: the logic behind `go run ./install`.
//
// Everything lives under one prefix and a manifest there lists it, so that installing twice changes nothing and uninstalling
// leaves nothing:
//
//	bin/joule                       the kernel and command line
//	lib/joule/joule-worker          the program that runs cells
//	lib/joule/src  go.work          a copy of the sources in the workspace that the worker was built in
//	lib/joule/mod                   the modules they need: a module cache of their own
//	lib/joule/catalog               the types of everything that a cell can import
//	lib/joule/venv                  a private JupyterLab, only where none is on PATH
//	lib/joule/manifest.json         what was written, from which sources
//	share/jupyter/kernels/joule     the kernelspec (without -prefix: in Jupyter's folder of the user)
//
// The copies are there because a compiled cell is a Go plugin: it fits only a worker that was built from the same sources, modules,
// toolchain and flags. With them beside the worker, cells compile also after the checkout has moved, and without a network.
//
// Everything is prepared beside its place and renamed into it, so an installation that fails leaves the former one as it was.
// What goes wrong on the person's side is a Problem: one sentence that says what to do, and what works without it.
//
// The map: layout.go says where things go, sources.go what is copied and its hash, build.go how it is built, kernelspec.go and logo.go
// what Jupyter sees, python.go and lab.go find or make a JupyterLab and open it, manifest.go and uninstall.go undo it all,
// install.go is the story.
package setup
