// Package magic runs what is no Go in a cell: %name lines, %%name cells, !command lines and questions (name?).
//
// How a cell is read. A line whose first character is % or ! is a magic where a Go statement could begin, at the top level of
// the cell. Go's own scanner says where that is, so a % in an expression that goes on, in a string or in a comment is Go. %%name
// as the first thing in a cell takes the whole cell. A line such as !ok is Go where it is right as Go, and a command elsewhere;
// (!ok) is always Go. A line that is a name with one or two ? before or behind it asks what the name is. Everything else is Go and
// keeps its lines and columns: magics become blanks.
//
// When magics run. The Go code of a cell is one unit, whatever stands between its lines: it is checked before anything runs, and
// every declaration is visible in all of it. Then statements and magics run in the order in which they stand; the worker stops
// at the place of each magic and goes on after it. Magics that decide how the cell is run (%tier, %reset, %replay) stand
// above its code. A magic that fails ends the cell; a !command that fails says so and the cell goes on, as in IPython, while
// %%bash and %%sh fail.
//
// Commands run in the directory of the worker and with its environment, which %cd, %env, os.Chdir and os.Setenv change alike.
// They have no standard input; their output appears while they run; an interrupt ends them with everything that they started.
//
//	read.go       Read: a cell → its magics and its Go code
//	table.go      Magic, the table of all of them, did-you-mean
//	run.go        Runner, Host: one cell from its parts to its result
//	assist.go     completion, documentation, completeness
//	shell.go      !, %%bash, %%sh
//	expand.go     values of the session in commands; ! lines that are Go
//	ranges.go     cells by their numbers, in arguments
//	process_*.go  the processes of a command
//	pump_*.go     what they write
//
// The other magics have a file each, or a family of them has one:
//
//	files.go      %load, %save, %%writefile
//	goroutines.go %goroutines
//	history.go    %history
//	help.go       %help and questions
//	place.go      %cd, %pwd, %env
//	plan.go       %plan, %tier, %%native
//	plugin.go     %%plugin
//	replay.go     %replay, and which cells %require -rebuild runs again
//	require.go    %require
//	rich.go       cells that are shown as HTML and the like
//	session.go    %who, %reset, %exit
//	test.go       %%test, %%bench
//	time.go       %time and %%time
//	timeit.go     %timeit and %%timeit
package magic
