// Package history keeps what was run in one file that all kernels of a user share, for as long as there is room.
//
// The file has a line of JSON for each cell, appended in one write under a lock; a line that starts a session carries its number
// alone. That is less than a database and enough: a history of a thousand sessions is a few megabytes, which are read in
// milliseconds and only when somebody asks. A database in pure Go would be several times the size of the rest of the kernel.
//
// What can go wrong with a file must not go wrong with a cell:
//
//   - One goroutine of the Store touches the file. Appending hands over and never waits; asking waits for a bounded time.
//   - What cannot be written (the disk is full, the folder cannot be written) is kept in memory, found there, and written when
//     that works again.
//   - A line that is not understood is passed over, wherever it stands; a line that was cut off by a crash costs itself only.
//   - The file is cut to half when it has grown to Options.MaxBytes, by a new file in its place.
//
// The map: store.go holds the Store and its sessions; file.go the file; find.go the questions; lock_*.go the lock between
// processes; place.go where the file is.
package history
