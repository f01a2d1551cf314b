package plugins_test

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"joule/ebm"
	"joule/ebm/sampler"
	"joule/plugins"
	_ "joule/plugins/all"
)

type base struct{ Scale float64 }

type Base struct{ Offset float64 }

// well has a parameter of every type that is supported.
type well struct {
	Base
	base
	Depth   float64
	Count   int
	Small   int8
	Size    uint16
	Single  float32
	On      bool
	Label   string
	Centres []float64
	Rows    [][]float64
	hidden  float64
}

func (w well) Energy(x ebm.Tensor) ebm.Tensor { return x.Square().Sum().Mul(w.Depth + w.hidden) }

// sized is a plugin by pointer that says its dimension.
type sized struct{ K float64 }

func (s *sized) Energy(x ebm.Tensor) ebm.Tensor { return x.Square().Sum().Mul(s.K) }
func (s *sized) Dim() int                       { return 3 }

// scratch adds a plugin for the time of a test.
func scratch(t *testing.T, name string, v any) {
	t.Helper()
	if err := plugins.Add(name, v); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plugins.Remove(name) })
}

func TestRingByName(t *testing.T) {
	if !slices.Contains(plugins.List(), "ring") || !slices.Contains(plugins.Of("energy"), "ring") {
		t.Fatalf("ring is not among %v", plugins.List())
	}
	def := ebm.New(2, plugins.Energy("ring"))
	wide := ebm.New(2, plugins.Energy("ring", plugins.Params{"Radius": 3}))
	for _, c := range []struct {
		m    *ebm.Model
		x    float64
		want float64
	}{{def, 2, 0}, {def, 3, 8}, {wide, 3, 0}, {wide, 2, 8}} {
		if got := c.m.At(c.x, 0); got != c.want {
			t.Errorf("E(%v, 0) = %v, want %v", c.x, got, c.want)
		}
	}
	if got := ebm.New(3, plugins.Energy("ring")).At(0, 0, 2.5); got != 2 {
		t.Errorf("at dimension 3: %v, want 2", got)
	}
}

// Parameters take every value that can be kept, and nothing else.
func TestParams(t *testing.T) {
	scratch(t, "well", well{Depth: 1, Count: 2})
	for _, c := range []struct {
		key   string
		v     any
		field func(w well) any
		want  any // nil: an error
	}{
		{"Depth", 3, func(w well) any { return w.Depth }, 3.0},
		{"Depth", float32(0.5), func(w well) any { return w.Depth }, 0.5},
		{"Depth", uint8(7), func(w well) any { return w.Depth }, 7.0},
		{"Depth", math.Inf(1), func(w well) any { return w.Depth }, math.Inf(1)},
		{"Count", 3.0, func(w well) any { return w.Count }, 3},
		{"Count", 3.5, nil, nil},
		{"Count", math.NaN(), nil, nil},
		{"Count", 1e300, nil, nil},
		{"Small", 300, nil, nil},
		{"Small", -128, func(w well) any { return w.Small }, int8(-128)},
		{"Size", -1, nil, nil},
		{"Size", uint64(1) << 40, nil, nil},
		{"Single", 1e300, nil, nil},
		{"Single", 0.1, func(w well) any { return w.Single }, float32(0.1)},
		{"On", true, func(w well) any { return w.On }, true},
		{"On", 1, nil, nil},
		{"Label", "deep", func(w well) any { return w.Label }, "deep"},
		{"Label", 65, nil, nil},
		{"Centres", []int{1, 2}, func(w well) any { return w.Centres }, []float64{1, 2}},
		{"Centres", []any{1, 2.5}, func(w well) any { return w.Centres }, []float64{1, 2.5}},
		{"Centres", []any{1, "x"}, nil, nil},
		{"Rows", [][]int{{1}, {2, 3}}, func(w well) any { return w.Rows }, [][]float64{{1}, {2, 3}}},
		{"Offset", 4, func(w well) any { return w.Offset }, 4.0},
		{"Depth", nil, nil, nil},
		{"hidden", 1, nil, nil},
		{"Scale", 1, nil, nil}, // promoted from an unexported struct
	} {
		v, err := plugins.New("well", plugins.Params{c.key: c.v})
		if c.want == nil {
			if err == nil || !strings.HasPrefix(err.Error(), "plugins: well") || !strings.Contains(err.Error(), c.key) {
				t.Errorf("%s: %v gave %v; want an error that names the plugin and the parameter", c.key, c.v, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v: %v", c.key, c.v, err)
		} else if got := c.field(v.(well)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v gave %v, want %v", c.key, c.v, got, c.want)
		}
	}
	if v, _ := plugins.New("well", plugins.Params{"Depth": 9}); v.(well).Count != 2 {
		t.Error("a parameter that is not given lost its default")
	}
}

func TestDescribe(t *testing.T) {
	got, err := plugins.Describe("ring")
	want := []plugins.Param{{Name: "Radius", Type: "float64", Default: 2.0}, {Name: "Width", Type: "float64", Default: 0.25}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

// What is registered cannot be changed through what comes out.
func TestDefaultsAreSafe(t *testing.T) {
	scratch(t, "sized", &sized{K: 1})
	first := plugins.Energy("sized").(*sized)
	first.K = 5
	if again := plugins.Energy("sized").(*sized); again.K != 1 {
		t.Errorf("the default is now %v", again.K)
	}
	if v := plugins.Energy("sized", plugins.Params{"K": 2}).(*sized); v.K != 2 {
		t.Errorf("K = %v, want 2", v.K)
	}
}

func TestAPluginWithADimensionKeepsIt(t *testing.T) {
	scratch(t, "sized", &sized{K: 1})
	e := plugins.Energy("sized")
	if _, err := ebm.Resolve(e, 2); err == nil || !strings.Contains(err.Error(), "dimension 3") {
		t.Errorf("used at 2: %v", err)
	}
	run := sampler.Sample(t.Context(), e, sampler.MALA{}, sampler.Schedule{Chains: 2, Draws: 5})
	if run.Draws.Dim != 3 {
		t.Errorf("sampled at dimension %d, want 3", run.Draws.Dim)
	}
	if run := sampler.Sample(t.Context(), plugins.Energy("ring"), sampler.MALA{}, sampler.Schedule{Chains: 2, Draws: 5}); run.Draws.Dim != 2 {
		t.Errorf("ring sampled at dimension %d, want 2", run.Draws.Dim)
	}
}

func TestAModelAsAPlugin(t *testing.T) {
	m := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Square().Sum() })
	scratch(t, "mine", m)
	if plugins.Energy("mine") != ebm.Energy(m) {
		t.Error("a model does not come back as itself")
	}
	if _, err := plugins.New("mine", plugins.Params{"A": 1}); err == nil || !strings.Contains(err.Error(), "no parameters") {
		t.Errorf("a parameter of a model: %v", err)
	}
}

func TestSamplersAreAKind(t *testing.T) {
	scratch(t, "langevin", sampler.MALA{Step: 0.1})
	if s := plugins.Sampler("langevin", plugins.Params{"Step": 1}); s != sampler.Sampler(sampler.MALA{Step: 1}) {
		t.Errorf("%v", s)
	}
	if got := plugins.Of("sampler"); !slices.Equal(got, []string{"langevin"}) {
		t.Errorf("samplers: %v", got)
	}
}

func TestMessagesHelp(t *testing.T) {
	scratch(t, "langevin", sampler.MALA{})
	for _, c := range []struct {
		do   func()
		want string
	}{
		{func() { plugins.Energy("rnig") }, `plugins: no energy "rnig"; did you mean ring?`},
		{func() { plugins.Energy("somethingelse") }, "there is ring"},
		{func() { plugins.Energy("ring", plugins.Params{"radius": 3}) }, "plugins: ring has no parameter radius; did you mean Radius?"},
		{func() { plugins.Energy("ring", plugins.Params{"Radius": "3"}) }, "parameter Radius: 3 (string) is no float64"},
		{func() { plugins.Energy("langevin") }, `plugins: "langevin" is a sampler, no energy`},
		{func() { plugins.Sampler("ring") }, `plugins: "ring" is an energy, no sampler`},
		{func() { plugins.Register("ring", sampler.MALA{}) }, `plugins: "ring" is registered already`},
		{func() { plugins.Register("", sampler.MALA{}) }, "needs a name"},
		{func() { plugins.Register("a b", sampler.MALA{}) }, "letters"},
		{func() { plugins.Register("none", nil) }, "nil"},
		{func() { plugins.Register("nilptr", (*sized)(nil)) }, "nil"},
		{func() { plugins.Register("number", 3) }, "no struct"},
		{func() { plugins.Register("byvalue", sized{}) }, "register &plugins_test.sized{…}"},
		{func() { plugins.Register("thing", struct{}{}) }, "no method Energy"},
	} {
		func() {
			defer func() {
				err, ok := recover().(error)
				if !ok || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want a panic with an error that says %q", err, c.want)
				}
			}()
			c.do()
		}()
	}
}

func TestReplace(t *testing.T) {
	scratch(t, "langevin", sampler.MALA{Step: 1})
	if err := plugins.Replace("langevin", sampler.ULA{Step: 2}); err != nil {
		t.Fatal(err)
	}
	if s := plugins.Sampler("langevin"); s != sampler.Sampler(sampler.ULA{Step: 2}) {
		t.Errorf("%v", s)
	}
	if err := plugins.Replace("langevin", 3); err == nil {
		t.Error("a bad value replaced a good one")
	}
	if s := plugins.Sampler("langevin"); s != sampler.Sampler(sampler.ULA{Step: 2}) {
		t.Errorf("after a refused replacement: %v", s)
	}
}
