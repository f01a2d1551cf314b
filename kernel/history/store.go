package history

import (
	"errors"
	"log/slog"
	"time"
	"unicode/utf8"

	"joule/kernel"
)

// Options are the limits of a Store. The zero value of each field is its default.
type Options struct {
	MaxBytes int64         // the file is cut to half when it is larger; 16 MiB
	MaxInput int           // cells with more bytes are not kept; 1 MiB
	Patience time.Duration // for the file to answer, or to take what is queued when the Store is closed; 2 s
	Log      *slog.Logger  // is told why the history is not saved; nobody
}

// maxOutput is how much of a value's text is kept.
const maxOutput = 64 << 10

// together is how long entries that follow each other wait for more.
const together = 50 * time.Millisecond

// Limits of what waits in memory, because it was not written yet or cannot be.
const (
	maxQueue   = 4096
	maxUnsaved = 8 << 20
)

// A Store is a kernel.History in a file. Its methods may be called from any goroutine.
type Store struct {
	o    Options
	jobs chan job
	stop chan struct{}
	done chan struct{}

	// Only the keeper's goroutine touches these.
	file    file
	unsaved []entry
	bytes   int
	failing bool // the last write did not succeed
}

// A job is an entry to store, or a question.
type job struct {
	entry  *entry
	ask    func() ([]kernel.HistoryEntry, error)
	answer chan answer
}

type answer struct {
	list []kernel.HistoryEntry
	err  error
}

// Open returns a store for the file at path. It does not touch the file: that is made, with its folder, for the first cell.
func Open(path string, o Options) *Store {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 16 << 20
	}
	if o.MaxInput <= 0 {
		o.MaxInput = 1 << 20
	}
	if o.Patience <= 0 {
		o.Patience = 2 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{o: o, jobs: make(chan job, maxQueue), stop: make(chan struct{}), done: make(chan struct{}),
		file: file{path: path, max: o.MaxBytes}}
	go s.keep()
	return s
}

// NewSession implements kernel.History. The session gets its number with its first cell: sessions in which nothing was run leave
// no trace.
func (s *Store) NewSession() kernel.HistorySession { return &session{store: s} }

// Close writes what is queued, within Options.Patience, and ends. Entries that come later are lost.
func (s *Store) Close() error {
	close(s.stop)
	select {
	case <-s.done:
		return nil
	case <-time.After(s.o.Patience):
		return errors.New("history: the file does not take what is queued")
	}
}

// keep is the one goroutine that touches the file. An entry is written at once when there was none for a while, and with those
// that follow when they come in numbers: opening, locking and writing the file takes as long as a small cell.
func (s *Store) keep() {
	defer close(s.done)
	due := time.NewTimer(0) // from its end on what comes is written at once
	idle := false
	for {
		select {
		case j := <-s.jobs:
			s.work(j)
			if idle {
				s.save()
				due.Reset(together)
				idle = false
			}
		case <-due.C:
			came := len(s.unsaved) > 0 && !s.failing // what cannot be written is tried again with the next
			s.save()
			if idle = !came; came {
				due.Reset(together)
			}
		case <-s.stop:
			for {
				select {
				case j := <-s.jobs:
					s.work(j)
				default:
					s.save()
					return
				}
			}
		}
	}
}

// work does one job, and those that wait behind it.
func (s *Store) work(j job) {
	for {
		if j.entry != nil {
			s.take(*j.entry)
		} else {
			s.save()
			list, err := j.ask()
			j.answer <- answer{list, err}
		}
		select {
		case j = <-s.jobs:
		default:
			return
		}
	}
}

// take adds an entry to those that are to be written. The oldest make room.
func (s *Store) take(e entry) {
	s.unsaved = append(s.unsaved, e)
	s.bytes += len(e.Input)
	for s.bytes > maxUnsaved && len(s.unsaved) > 1 {
		s.bytes -= len(s.unsaved[0].Input)
		s.unsaved = s.unsaved[1:]
	}
}

// save writes what is not written yet.
func (s *Store) save() {
	if len(s.unsaved) == 0 {
		return
	}
	if err := s.file.append(s.unsaved); err != nil {
		if !s.failing {
			s.o.Log.Warn("the history is not saved", "error", err)
		}
		s.failing = true
		return
	}
	s.failing, s.unsaved, s.bytes = false, nil, 0
}

// A session is the history as one shell sees it.
type session struct {
	store  *Store
	number int // 0 until the first cell is written; only the keeper's goroutine touches it
}

// errBusy says that entries come faster than the file takes them.
var errBusy = errors.New("history: the file is too slow, a cell was not kept")

// Append implements kernel.HistorySession. It never waits.
func (x *session) Append(line int, input string, output *string) error {
	if len(input) > x.store.o.MaxInput {
		return nil
	}
	e := &entry{session: x, Line: line, Time: time.Now().Unix(), Input: input}
	if output != nil {
		text := cut(*output)
		e.Output = &text
	}
	select {
	case x.store.jobs <- job{entry: e}:
		return nil
	default:
		return errBusy
	}
}

// cut shortens a text to maxOutput bytes, at a character.
func cut(text string) string {
	if len(text) <= maxOutput {
		return text
	}
	n := maxOutput
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "…"
}

// ask lets the keeper call f, and waits for its answer as long as Options.Patience.
func (s *Store) ask(f func() ([]kernel.HistoryEntry, error)) ([]kernel.HistoryEntry, error) {
	timeout := time.After(s.o.Patience)
	j := job{ask: f, answer: make(chan answer, 1)}
	select {
	case s.jobs <- j:
	case <-timeout:
		return nil, errors.New("history: the file does not answer")
	case <-s.done:
		return nil, errors.New("history: it is closed")
	}
	select {
	case a := <-j.answer:
		return a.list, a.err
	case <-timeout:
		return nil, errors.New("history: the file does not answer")
	case <-s.done:
		return nil, errors.New("history: it is closed")
	}
}

var (
	_ kernel.History        = (*Store)(nil)
	_ kernel.HistorySession = (*session)(nil)
)
