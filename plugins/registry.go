package plugins

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"unicode"
)

// registry is the one list of a process: plugins register themselves in init functions, which have nowhere else to go.
var registry struct {
	sync.RWMutex
	defaults map[string]any
}

// Register adds a plugin under a name, with its default parameters, from an init function. It panics if Add would return an
// error.
func Register(name string, defaults any) {
	if err := Add(name, defaults); err != nil {
		panic(err)
	}
}

// Add adds a plugin under a name, with its default parameters. The name must be new and made of letters, digits, "-" and "_"; the
// value must be a struct, or a pointer to one, of a known kind (see Kind).
func Add(name string, defaults any) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := checkValue(name, defaults); err != nil {
		return err
	}
	registry.Lock()
	defer registry.Unlock()
	if _, dup := registry.defaults[name]; dup {
		return fmt.Errorf("plugins: %q is registered already", name)
	}
	if registry.defaults == nil {
		registry.defaults = map[string]any{}
	}
	registry.defaults[name] = copyOf(defaults)
	return nil
}

// Replace adds a plugin like Add, but may take the name of one that is there: an edited plugin. Values made before keep their
// old type.
func Replace(name string, defaults any) error {
	if err := errors.Join(checkName(name), checkValue(name, defaults)); err != nil {
		return err
	}
	Remove(name)
	return Add(name, defaults)
}

// Remove removes a plugin, if it is there.
func Remove(name string) {
	registry.Lock()
	defer registry.Unlock()
	delete(registry.defaults, name)
}

// List returns the names of all plugins in order.
func List() []string {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Sorted(maps.Keys(registry.defaults))
}

// Default returns the registered value of a plugin: a copy with its default parameters.
func Default(name string) (any, error) {
	registry.RLock()
	defer registry.RUnlock()
	v, ok := registry.defaults[name]
	if !ok {
		names := slices.Sorted(maps.Keys(registry.defaults))
		return nil, fmt.Errorf("plugins: no plugin %q%s", name, didYouMean(name, names))
	}
	return copyOf(v), nil
}

func checkName(name string) error {
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' {
			return fmt.Errorf("plugins: the name %q holds %q; letters, digits, - and _ are allowed", name, r)
		}
	}
	if name == "" {
		return errors.New("plugins: a plugin needs a name")
	}
	return nil
}
