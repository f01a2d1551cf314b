package main

// unpassable are tests that a notebook cannot pass, with the reason.
var unpassable = map[string]string{
	"nilptr":               "wants a variable of 256 MiB in the lowest addresses, where the worker's own code is",
	"fixedbugs/bug347":     ownFile,
	"fixedbugs/bug348":     ownFile,
	"fixedbugs/issue4562":  ownFile,
	"fixedbugs/issue5856":  ownFile,
	"fixedbugs/issue7690":  ownFile,
	"fixedbugs/issue22083": ownFile,
	"fixedbugs/issue27201": ownFile,
	"fixedbugs/issue29504": ownFile,
}

const ownFile = "looks for the name of its own file in a stack, and a cell has none"
