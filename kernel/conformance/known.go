package main

// unpassable are tests that a notebook cannot pass, with the reason.
var unpassable = map[string]string{
	"nilptr":                "wants a variable of 256 MiB in the lowest addresses, where the worker's own code is",
	"noinit":                "reads a variable of the linker through go:linkname, which has no effect in a cell",
	"uintptrescapes3":       uintptrs,
	"fixedbugs/bug347":      ownFile,
	"fixedbugs/bug348":      ownFile,
	"fixedbugs/bug514":      onlyC,
	"fixedbugs/issue18149":  lines,
	"fixedbugs/issue22083":  ownFile,
	"fixedbugs/issue22662":  lines,
	"fixedbugs/issue24491a": uintptrs,
	"fixedbugs/issue24491b": uintptrs,
	"fixedbugs/issue27201":  ownFile,
	"fixedbugs/issue29504":  ownFile,
	"fixedbugs/issue42032":  onlyC,
	"fixedbugs/issue42076":  onlyC,
	"fixedbugs/issue4562":   ownFile,
	"fixedbugs/issue46903":  onlyC,
	"fixedbugs/issue56990":  "runs testing.Main, which ends the process",
	"fixedbugs/issue5856":   ownFile,
	"fixedbugs/issue7690":   ownFile,
}

// unpassableApart are tests that several cells cannot pass, with the reason.
var unpassableApart = map[string]string{
	"closure":                     "counts what is allocated by functions of another cell, which are interpreted",
	"const8":                      "hides iota and a constant by constants of main, and those of a cell belong to the package, where such a declaration refers to itself",
	"devirtualization_nil_panics": "looks for lines of its own file in a stack, and a cell counts its own",
	"inline_literal":              "reads the lines of a function of another cell, which is interpreted",
	"slicecap":                    "reads the pointer of an empty string, which Go leaves open",
	"typeparam/nested":            "hides a type by one of main, and a cell that declares the same type again has the same type",
	"fixedbugs/issue14646":        "looks for lines of its own file in a stack, and a cell counts its own",
	"fixedbugs/issue15277":        "wants an argument to be collected during the call, which the interpreter keeps until it returns",
	"fixedbugs/issue17381":        "looks for main.main in a stack, and statements of a cell are no function main",
	"fixedbugs/issue21879":        "looks for main.main in a stack, and statements of a cell are no function main",
	"fixedbugs/issue27518b":       collected,
	"fixedbugs/issue32477":        collected,
	"fixedbugs/issue33724":        "looks in a stack for functions of another cell, which are interpreted",
	"fixedbugs/issue4618":         "counts what is allocated by functions of another cell, which are interpreted",
	"fixedbugs/issue4667":         "counts what is allocated by functions of another cell, which are interpreted",
	"fixedbugs/issue46725":        collected,
	"fixedbugs/issue50671":        "hides a variable by one of main with another type, and in a cell that declares the variable anew, which is said",
}

// unpassableExamples are examples that a notebook cannot pass, with the reason.
var unpassableExamples = map[string]string{
	"gonum.org/v1/gonum/graph/community/bisect_example.Profile_simple":    internal,
	"gonum.org/v1/gonum/graph/community/bisect_example.Profile_multiplex": internal,
	"gonum.org/v1/gonum/stat/cca_example.CC":                              "uses a variable of another file",
	"log/example.Logger":                                                  exampleFile,
	"log/example.Logger_Output":                                           exampleFile,
	"log/slog/example_wrap._wrapping":                                     exampleFile,
	"runtime/example.AddCleanup":                                          waits,
	"runtime/example.Frames":                                              "looks for its own name in a stack, and statements of a cell have none",
	"time/example.Date":                                                   zone,
	"time/example.Parse":                                                  zone,
	"time/example.Time_Format":                                            zone,
}

const (
	ownFile     = "looks for the name of its own file in a stack, and a cell has none"
	exampleFile = "prints the name of its file, and a cell has none"
	internal    = "imports an internal package of its module, which no notebook can"
	zone        = "prints the time of another zone, which the package's own tests set"
	lines       = "gives its lines other names, and a cell's errors need those that it has"
	onlyC       = "has a variable that only C may allocate, and a cell keeps its variables where Go does"
	uintptrs    = "wants addresses as arguments to keep what they point to, and a cell's functions are called through variables"
	waits       = "waits until a variable of main is collected, and in a cell it is one of the session"
	collected   = "wants a variable of main to be collected, and in a cell it is one of the session, which keeps it"
)
