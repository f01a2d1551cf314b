// Package display turns Go values into MIME bundles and shows them below the cell that runs.
//
// It is predeclared in every cell. Most cells never name it: the last expression of a cell goes through Of, and a figure, an
// image, a matrix or a slice of structs appears as what it is. Cells name it to show more than one thing, to replace what they
// showed, and to report progress:
//
//	display.Show(ring, display.Markdown("**E** is low in the valley"))
//	h := display.Handle("starting"); h.Update("half way")
//	p := display.Progress(1000, "sampling"); p.Add(1)
//	train.Config{Watch: display.Live()}
//
// A value says how it wants to look by its methods, matched by shape so that it need not import this package: see Of. What has
// no such method is written as a Go programmer reads it. Every text is bounded, cycles are cut, and a method that panics is
// reported in the text: showing a value never ends a cell and never floods a notebook. (One limit is Go's own: a map that
// another goroutine writes while it is being shown ends the process, as it would in fmt.)
//
// Markup carries no colour of its own beyond JupyterLab's theme variables, so it reads on dark and light themes alike. All that
// comes from values is escaped.
//
// The map: of.go decides what a value is; shape.go knows the methods; text.go and bytes.go write Go syntax within the bounds of
// bound.go; rows.go, matrix.go and table.go make tables; image.go and plotter.go make pictures; rich.go holds the constructors
// HTML, Markdown, …; show.go, progress.go and live.go publish through the record of the running cell.
package display
