// Package session is the notebook as a Go package that grows cell by cell.
//
// A cell is split into declarations and statements, put together as one Go file, and checked by go/types before anything runs:
// all errors at once, at their place in the cell, and a cell that is rejected changes nothing. What the session has declared is
// kept as the type checker's own objects; the names that a cell mentions are put into the scope of the package that is checked,
// so a check costs what the cell is long and not what the session is. (To go/types packages are the same when their paths are.
// It compares package values in one place, see keys.go.)
//
//	Session, New     the objects that the cells so far declared
//	Check, Commit    a cell against the session → a Cell; a Cell into the session
//	Fork             the same session again, apart from a check that does not end
//	Complete, Describe, Completeness   what front ends ask while somebody types
//
//	session.go       the objects; keys.go packages that are the same; diagnostic.go what is wrong with a cell
//	probe.go         code that is being written, as far as it can be understood
//	complete.go      what may stand at the cursor; members.go after a dot; keyword.go keywords
//	completeness.go  whether more lines are wanted
//	describe.go      what the name at the cursor is; comments.go what cells say of it; description.go how it is shown
//
//	split.go         a text → import, declaration and statement chunks
//	assemble.go      chunks → one file, positions in terms of cells
//	unnamed.go       struct types without a name
//	order.go         variables of a cell that is like a file of a package
//	check.go         the rounds of a check; scope.go what is in scope
//	syntax.go        what is wrong with a cell that does not parse; hint.go what was probably meant by one that does
//	directive.go     comments and imports that a cell cannot have
//	retain.go        types that stay what they were: same layout, same method set
//	depend.go        what depends on what a cell changes
//	typewalk.go      what a type is made of
//	kept.go          variables and functions that stay what they are when types get methods
//	makers.go        what the functions that variables hold were made with
//	stale.go         variables that hold what was made with something that is declared anew; types as they were
//	fork.go          a session apart; again.go declarations once more, for another tier
//	commit.go        the result: objects, units, the last expression; last.go what that may be
//
// Redefinition. A variable that is declared again with its type stays the same variable. A function with its signature stays
// what callers call, with a new body. A type whose text and method signatures stay is the same type, and its methods get new
// bodies. Everything else is a new object, and what depends on it is checked along with the cell: functions and types that
// still fit are made anew, those that do not fit and variables that hold values of an old type become stale, which is said at
// once and again at every use. Values of a type that only got other methods stay, with the new type, as far as types tell what
// there is: see kept.go. What does not fit is tried again when something that it uses changes again.
//
// Time. go/types cannot be interrupted, and a few lines can keep it busy for hours: Fork lets a caller leave a check behind.
package session
