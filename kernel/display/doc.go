// Package display turns Go values into MIME bundles and shows them below the cell that runs.
package display
