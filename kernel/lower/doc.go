// Package lower writes a checked cell as source for the tiers: for the interpreter, for the compiler, or partly for each.
//
// What both tiers share is a memory of slots. A session variable x is a slot *T and x is lowered to *V_x; a session function is
// a slot *func(…) and a call goes through it, so a redefinition reaches every caller; a method is a slot too, behind a thin
// compiled method, so that editing its body leaves the type what it was. Types are always compiled, into a package of the cell
// that declares them, and generic functions with them.
//
//	lower.go     Cell: which unit goes where, and the Program that the worker runs
//	subset.go    what the interpreter runs exactly; everything else is compiled
//	hashes.go    maps that the tiers would look into at different places
//	rewrite.go   identifiers to slots, stop checks; fields.go unexported fields to accessors, and literals that set them;
//	             gostmt.go go statements; constant.go constants by value
//	statements.go the function that runs a cell's statements
//	shadow.go    variables of functions that are named like something predeclared
//	interpret.go what only the interpreter needs: range over int
//	plain.go     other words for what it gets wrong; split.go several steps for one;
//	             commaok.go what is asked for in vain
//	turns.go     loops whose turns must be kept apart, and ranges over functions; labels.go, selects.go, assert.go, methods.go
//	             and minmax.go the statements and expressions that they are named after
//	bounds.go    indexes that say which one is out of range; hot.go functions that are compiled while they run; long.go loops that
//	             are known to take long, deep.go function literals that call themselves
//	grow.go      what doubles asks for room
//	keep.go      numbers that compiled loops have a copy of
//	lines.go     notes of the line that interpreted code runs
//	block.go     channel operations and locks that an interrupt ends
//	adopt.go     types without a name in interfaces; itabs.go the tables of interfaces with methods
//	structs.go   struct types without a name, embedded types; casts.go structs that become another cell's
//	typesrc.go   the package of types: declarations, thin methods, accessors
//	typeexpr.go  a types.Type as syntax
//	source.go    syntax to text, with positions; plugin.go the tables by which the worker finds what was compiled
//
// Unexported names. To Go the cells are different packages. Unexported methods are emitted under an exported name (X_name), in
// interfaces too, or they would never match; unexported types have an exported alias; unexported fields keep their name, so
// that printing and encoding/json see what the source says, and are reached through accessors that the compiler inlines.
package lower
