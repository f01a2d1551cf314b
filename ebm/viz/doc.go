// Package viz draws energies and what samplers and training make of them.
//
//	viz.Landscape(ring)                                   // as the last expression of a cell: a picture
//	viz.Landscape(net).Points(data.TwoMoons(300, 0.1, 1)) // with data on it
//	viz.Landscape(well).Box(-2, 2, -1, 1).Title("double well").Levels(20)
//
// A figure is a description: its methods change it and return it, and it is computed when it is drawn, so that Landscape itself
// costs nothing and a figure of a model that has been trained further shows the model as it is now. SVG and PNG draw it;
// MIMEBundle, by which a notebook shows it, chooses between them by size.
//
// # What the pictures promise
//
// Low energy is dark. Colour is even to the eye: equal steps of the bar are equal steps of perceived difference (colormap.go). It
// follows the square root of the energy above the lowest one on the picture, because almost every valley is quadratic: there,
// even steps of colour and evenly spaced contour lines are even steps of distance from its floor. The few highest energies would
// take all the colours; they are cut at a quantile, and the bar says so with an arrow. Where the energy is not a number the
// picture is grey.
//
// Without a Box, the box is found by looking for the region of low energy from far to near (autobox.go).
//
// The map: figure.go is the figure and its options, page.go its layout, ticks.go the numbers at its axes, style.go its fonts and
// inks. landscape.go, curve.go, contour.go, trace.go and hist.go are the kinds of figure; field.go evaluates an energy on a
// grid, isolines.go finds its contour lines.
package viz
