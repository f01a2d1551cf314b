// Package notebook reads, runs and writes notebook files (.ipynb, format version 4).
//
// A notebook is a JSON document that many programs share, each with fields of its own in it. So this package keeps the document
// as it was read — every field, in its order, every number with its digits — and offers views of the parts that matter here:
// the source of a cell, its outputs, its count. What nobody changed is written back byte for byte in the layout that Jupyter
// itself writes, so that a version control system shows only what has changed.
//
//	nb, err := notebook.ReadFile("01_first_energy.ipynb")
//	err = notebook.Run(ctx, nb, notebook.Options{Command: []string{"joule", "kernel", "-f", "{connection_file}"}})
//	err = nb.WriteFile("out.ipynb")
//
// The map: object.go holds a JSON object that remembers its order; notebook.go and output.go are the views; collect.go turns what
// a kernel publishes into outputs, as a front end does; kernel.go starts a kernel as a child process and runner.go runs
// the cells over real ZeroMQ sockets, without Python.
package notebook
