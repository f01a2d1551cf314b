package plugins

import (
	"fmt"
	"strings"

	"joule/ebm"
	"joule/ebm/sampler"
)

// A kind of plugin is an interface that its value has. One row here, and a function like Energy, make a new kind.
type kind struct {
	name   string
	method string // for messages
	is     func(v any) bool
}

func kinds() []kind {
	return []kind{
		{"energy", "Energy(x ebm.Tensor) ebm.Tensor", func(v any) bool { _, ok := v.(ebm.Energy); return ok }},
		{"sampler", "Kernel(t *sampler.Target) sampler.Kernel", func(v any) bool { _, ok := v.(sampler.Sampler); return ok }},
	}
}

// Kind returns what a value is as a plugin: "energy", "sampler", or "" if it is none.
func Kind(v any) string {
	for _, k := range kinds() {
		if k.is(v) {
			return k.name
		}
	}
	return ""
}

func wanted() []string {
	var methods []string
	for _, k := range kinds() {
		methods = append(methods, k.method)
	}
	return methods
}

// Of returns the names of all plugins of a kind in order.
func Of(kind string) []string {
	var names []string
	for _, name := range List() {
		if v, err := Default(name); err == nil && Kind(v) == kind {
			names = append(names, name)
		}
	}
	return names
}

// Energy returns the energy of that name with the given parameters, to be passed to whatever takes an ebm.Energy. Its dimension
// is that of its use, unless it has Dim() int. It panics with an error that helps if there is no such energy or parameter, or a
// value does not fit; New returns that error.
func Energy(name string, params ...Params) ebm.Energy {
	return byName("energy", name, params).(ebm.Energy)
}

// Sampler returns the sampler of that name with the given parameters, like Energy.
func Sampler(name string, params ...Params) sampler.Sampler {
	return byName("sampler", name, params).(sampler.Sampler)
}

// byName panics with an error unless there is such a plugin of the kind.
func byName(kind, name string, params []Params) any {
	all := Params{}
	for _, p := range params {
		for k, v := range p {
			all[k] = v
		}
	}
	v, err := New(name, all)
	if _, missing := Default(name); missing != nil {
		err = fmt.Errorf("plugins: no %s %q%s", kind, name, didYouMean(name, Of(kind)))
	}
	if err != nil {
		panic(err)
	}
	if k := Kind(v); k != kind {
		article := "a"
		if strings.ContainsRune("aeiou", rune(k[0])) {
			article = "an"
		}
		panic(fmt.Errorf("plugins: %q is %s %s, no %s%s", name, article, k, kind, didYouMean(name, Of(kind))))
	}
	return v
}
