package history

import (
	"os"
	"path/filepath"
	"runtime"
)

// Path is where the history of this user is: $JOULE_HISTORY, or history.jsonl in the folder joule of the user's folder for the
// state of programs ($XDG_STATE_HOME, ~/.local/state; ~/Library/Application Support on macOS; %LocalAppData% on Windows). It is ""
// when $JOULE_HISTORY is off, and when the user has no home.
func Path() string {
	switch path := os.Getenv("JOULE_HISTORY"); path {
	case "":
	case "off":
		return ""
	default:
		return path
	}
	state, err := stateDir()
	if err != nil || state == "" {
		return ""
	}
	return filepath.Join(state, "joule", "history.jsonl")
}

func stateDir() (string, error) {
	switch runtime.GOOS {
	case "windows":
		return os.UserCacheDir() // that is %LocalAppData%
	case "darwin", "ios":
		return os.UserConfigDir() // that is ~/Library/Application Support
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state"), nil
}
