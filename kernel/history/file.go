package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
)

// An entry is one line of the file. Without Line and Input it starts a session.
type entry struct {
	Session int     `json:"s"`
	Line    int     `json:"n,omitempty"`
	Time    int64   `json:"t"` // in seconds of Unix time
	Input   string  `json:"i,omitempty"`
	Output  *string `json:"o,omitempty"`

	started bool     // it has the fields of a cell
	session *session // of an entry that is not written yet
}

// A file is the file, and how large it may grow.
type file struct {
	path string
	max  int64
}

// append writes entries after those that are there, giving numbers to the sessions that have none. All or none are written.
func (f file) append(list []entry) (err error) {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	unlock, err := lock(f.path + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	w, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	info, err := w.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("history: %s is not a file", f.path)
	}
	text, numbered, err := f.encode(list, unfinished(w, info.Size()))
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		w.Truncate(info.Size()) // no part of it
		return err
	}
	for x, number := range numbered {
		x.number = number
	}
	if info.Size()+int64(len(text)) > f.max {
		return f.halve()
	}
	return nil
}

// unfinished says whether the last line has no end: a kernel was killed, or the disk was full, while it was written.
func unfinished(w *os.File, size int64) bool {
	var last [1]byte
	if size == 0 {
		return false
	}
	_, err := w.ReadAt(last[:], size-1)
	return err == nil && last[0] != '\n'
}

// encode returns the lines for entries, and the numbers of sessions that start with them.
func (f file) encode(list []entry, unfinished bool) ([]byte, map[*session]int, error) {
	var text bytes.Buffer
	if unfinished {
		text.WriteByte('\n')
	}
	numbered := make(map[*session]int)
	newest := -1
	put := json.NewEncoder(&text) // writes one line each
	put.SetEscapeHTML(false)
	for _, e := range list {
		e.Session = e.session.number
		if e.Session == 0 {
			e.Session = numbered[e.session]
		}
		if e.Session == 0 {
			if newest < 0 {
				newest = f.newestSession()
			}
			newest++
			e.Session = newest
			numbered[e.session] = newest
			if err := put.Encode(entry{Session: newest, Time: e.Time}); err != nil {
				return nil, nil, err
			}
		}
		if err := put.Encode(e); err != nil {
			return nil, nil, err
		}
	}
	return text.Bytes(), numbered, nil
}

// newestSession is the number of the session that started last, 0 if there is none. Sessions start in the order of their numbers.
func (f file) newestSession() int {
	newest := 0
	for e := range f.backward() {
		newest = max(newest, e.Session) // the line that started it may be lost
		if !e.started {
			break
		}
	}
	return newest
}

// halve keeps the newest half of the file. The lock is held.
func (f file) halve() error {
	newest := f.newestSession()
	raw, err := f.read()
	if err != nil {
		return err
	}
	half := raw[max(0, int64(len(raw))-f.max/2):]
	if i := bytes.IndexByte(half, '\n'); len(half) < len(raw) && i >= 0 {
		half = half[i+1:]
	}
	var text bytes.Buffer
	for line := range bytes.Lines(half) {
		if e, ok := parse(line); ok && e.started {
			text.Write(bytes.TrimRight(line, "\n"))
			text.WriteByte('\n')
		}
	}
	if err := json.NewEncoder(&text).Encode(entry{Session: newest}); err != nil {
		return err
	}
	w, err := os.CreateTemp(filepath.Dir(f.path), ".history-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = w.Write(text.Bytes())
	if err = errors.Join(err, w.Close()); err == nil {
		err = os.Rename(w.Name(), f.path)
	}
	if err != nil {
		os.Remove(w.Name())
	}
	return err
}

// read returns the file, or its newest part when something has made it larger than it may be.
func (f file) read() ([]byte, error) {
	r, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("history: %s is not a file", f.path)
	}
	if over := info.Size() - 2*f.max; over > 0 {
		if _, err := r.Seek(over, io.SeekStart); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(r, 2*f.max))
}

// backward yields the lines that are understood, newest first. A file that cannot be read has none.
func (f file) backward() iter.Seq[entry] {
	return func(yield func(entry) bool) {
		raw, _ := f.read()
		for len(raw) > 0 {
			raw = bytes.TrimSuffix(raw, []byte("\n"))
			start := bytes.LastIndexByte(raw, '\n') + 1
			if e, ok := parse(raw[start:]); ok && !yield(e) {
				return
			}
			raw = raw[:start]
		}
	}
}

// maxSession is larger than the number of any session that was: what claims more is damaged.
const maxSession = 1 << 30

// parse reads one line.
func parse(line []byte) (e entry, ok bool) {
	if !bytes.HasPrefix(line, []byte(`{"s":`)) || json.Unmarshal(line, &e) != nil || e.Session <= 0 || e.Session > maxSession {
		return entry{}, false
	}
	e.started = e.Line != 0 || e.Input != ""
	return e, true
}

// newestFirst yields all entries of cells: those in memory, then those in the file. provisional is the number under which
// sessions appear that have none yet.
func (s *Store) newestFirst(provisional int) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for _, e := range slices.Backward(s.unsaved) {
			if e.Session = e.session.number; e.Session == 0 {
				e.Session = provisional
			}
			if !yield(e) {
				return
			}
		}
		for e := range s.file.backward() {
			if e.started && !yield(e) {
				return
			}
		}
	}
}
