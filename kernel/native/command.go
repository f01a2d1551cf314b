package native

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// run runs the go command in dir and returns what it printed; its words are the error.
func (b *Builder) run(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	ctx, done := b.alive(ctx)
	defer done()
	cmd := exec.CommandContext(ctx, b.gc, args...)
	cmd.Dir, cmd.Env = dir, append(env, "PWD="+dir)
	ownGroup(cmd)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		words := b.words(dir, said.String())
		if words == "" {
			words = "go " + args[0] + ": " + err.Error()
		}
		return "", &Refusal{words}
	}
	return out.String(), nil
}

// alive is ctx, ended by Close as well.
func (b *Builder) alive(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(b.life, func() { cancel(errClosed) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

var errClosed = errors.New("native: the kernel is shutting down")

// A Refusal is what the go command said when it did not do what it was asked.
type Refusal struct{ Words string }

func (r *Refusal) Error() string { return r.Words }

// progress are lines in which the go command says what it does; they are no part of why it failed.
var progress = regexp.MustCompile(`^go: (downloading|finding|found|added|upgraded|downgraded|removed|extracting) `)

// toAdd is the advice that a cell follows with a magic.
var toAdd = regexp.MustCompile(`; to add it:\s+go get (\S+)`)

// unreachable tells that the failure is one of the network.
var unreachable = regexp.MustCompile(`dial tcp|dial udp|no such host|connection refused|i/o timeout|network is unreachable|TLS handshake timeout`)

// ownMark stands for the folder of the workspace while ownFolder finds its subfolders.
const ownMark = "\x00"

var ownFolder = regexp.MustCompile(`\x00[/\\](next\d+[/\\])?(session[/\\])?`)

// words are the go command's own, without what it did before and without the folders of the workspace, which nobody knows: a
// file of a snapshot is that of the folder which it was taken from. dir is where it ran: it shortens names from there.
func (b *Builder) words(dir, said string) string {
	var lines []string
	for line := range strings.Lines(said) {
		if line = strings.TrimRight(line, "\r\n"); line != "" && !progress.MatchString(line) {
			lines = append(lines, line)
		}
	}
	text := toAdd.ReplaceAllString(strings.Join(lines, "\n"), "; to add it: %require $1")
	replace := func(folder, by string) {
		text = strings.ReplaceAll(text, folder, by)
		if short, err := filepath.Rel(dir, folder); err == nil && strings.HasPrefix(short, "..") {
			text = strings.ReplaceAll(text, short+folder[len(strings.TrimRight(folder, `/\`)):], by)
		}
	}
	for dir, s := range b.snaps {
		replace(dir, s.from)
	}
	replace(b.mod+string(filepath.Separator), "")
	if b.dir != "" {
		text = strings.ReplaceAll(ownFolder.ReplaceAllString(strings.ReplaceAll(text, b.dir, ownMark), ""), ownMark, "")
	}
	if unreachable.MatchString(text) {
		text += "\n(the module's server cannot be reached; modules that were used before need no network)"
	}
	return text
}

// fetching is the environment in which the go command may use the network, as the person has set it up.
func (b *Builder) fetching(more ...string) []string {
	var env []string
	for _, v := range b.environ() {
		switch key, _, _ := strings.Cut(v, "="); key {
		case "GOWORK", "GOFLAGS", "GO111MODULE", "GOTOOLCHAIN", "GOMODCACHE", "GOPROXY", "CGO_ENABLED", "GOOS", "GOARCH":
		default:
			env = append(env, v)
		}
	}
	env = append(env, b.fixed()...)
	if b.person.proxy != "" {
		env = append(env, "GOPROXY="+b.person.proxy)
	}
	return append(append(env, "GOFLAGS=-modcacherw"), more...)
}

// known is fetching where all versions are exact: what the person's own module cache has is taken from there.
func (b *Builder) known(more ...string) []string {
	env := b.fetching()
	if b.person.cache != "" && b.person.proxy != "" {
		env = append(env, "GOPROXY="+fileURL(filepath.Join(b.person.cache, "cache", "download"))+","+b.person.proxy)
	}
	return append(env, more...)
}

// compiling is the environment in which cells are compiled: everything that decides what comes out is as it was for the worker,
// and nothing is fetched.
func (b *Builder) compiling(more ...string) []string {
	env := append(b.environ(), "GOFLAGS=-modcacherw", "GOPROXY=off", "GOSUMDB=off") // an empty GOFLAGS would be that of go env -w
	return append(append(env, b.fixed()...), more...)
}

// fixed are the settings that nobody may change, because worker and plugins must agree on them.
func (b *Builder) fixed() []string {
	return append([]string{"GO111MODULE=on", "GOTOOLCHAIN=local", "CGO_ENABLED=1", "GOMODCACHE=" + b.mod}, b.target...)
}

func (b *Builder) environ() []string {
	env := os.Environ()
	if b.Environ != nil {
		env = b.Environ()
	}
	if b.goCache != "" {
		env = append([]string{"GOCACHE=" + b.goCache}, env...) // the last of a name counts
	}
	return env
}

func (b *Builder) workFile(dir string) string { return "GOWORK=" + filepath.Join(dir, "go.work") }

func fileURL(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return "file://" + strings.NewReplacer("%", "%25", " ", "%20", ",", "%2C", "|", "%7C").Replace(path)
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("native: %w", err)
}
