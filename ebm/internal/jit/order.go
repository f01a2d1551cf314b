package jit

// An instruction computes a node, or stores one: then row is where to.
type instruction struct {
	value Value
	row   int // −1: none
}

// A schedule puts instructions in an order that keeps few values alive: depth first from what is stored, and what can be done with a value
// that has just been computed is done at once if a register is free for it afterwards.
type schedule struct {
	b     *Builder
	left  []int32   // by value: uses to come
	users [][]int32 // by value: nodes that use it, and stores, counted from −1 downward
	done  []bool
	put   []bool // by store
	late  []bool // stores that must wait
	order []instruction
}

// schedule returns the instructions in order. Stores to rows that are also read come last.
func (b *Builder) schedule() []instruction {
	s := &schedule{b: b, put: make([]bool, len(b.stores)), late: make([]bool, len(b.stores))}
	s.keep()
	n := len(b.nodes)
	s.left, s.users, s.done = make([]int32, n), make([][]int32, n), make([]bool, n)
	need := make([]bool, n)
	for k, st := range b.stores {
		need[st.value] = true
		s.use(st.value, int32(-1-k))
	}
	for v := n - 1; v >= 0; v-- {
		if !need[v] {
			continue
		}
		for _, in := range b.operands(Value(v)) {
			need[in] = true
			s.use(in, int32(v))
		}
	}
	for k := range b.stores {
		if !s.put[k] && !s.late[k] {
			s.emit(b.stores[k].value)
			s.store(k)
		}
	}
	for k := range b.stores {
		if s.late[k] {
			s.emit(b.stores[k].value)
		}
	}
	for k := range b.stores {
		if s.late[k] {
			s.store(k)
		}
	}
	return s.order
}

// keep finds the stores that must wait. What they store must not be read from the panel then.
func (s *schedule) keep() {
	read := map[int]bool{}
	for _, n := range s.b.nodes {
		if n.op == opRow || n.op == opFixed {
			read[int(n.bits)] = true
		}
	}
	for k := range s.b.stores {
		st := &s.b.stores[k]
		if !read[st.row] {
			continue
		}
		s.late[k] = true
		if op := s.b.nodes[st.value].op; op == opRow || op == opFixed {
			st.value = s.b.add(node{op: opCopy, in: [3]Value{st.value}})
		}
	}
}

func (b *Builder) operands(v Value) []Value {
	n := &b.nodes[v]
	return n.in[:n.op.operands()]
}

func (s *schedule) use(v Value, by int32) {
	s.left[v]++
	s.users[v] = append(s.users[v], by)
}

func (s *schedule) emit(v Value) {
	if s.done[v] || s.b.nodes[v].op.leaf() {
		return
	}
	in := s.b.operands(v)
	for k := range in { // a comparison last: there are few masks
		s.emit(in[(k+1)%len(in)])
	}
	if s.done[v] { // by then it was done on the way
		return
	}
	s.done[v] = true
	s.order = append(s.order, instruction{v, -1})
	for _, o := range in {
		s.left[o]--
	}
	for _, u := range s.users[v] {
		if u < 0 {
			if k := int(-1 - u); !s.put[k] && !s.late[k] {
				s.store(k)
			}
		} else if !s.done[u] && s.frees(Value(u)) {
			s.emit(Value(u))
		}
	}
}

func (s *schedule) store(k int) {
	s.put[k] = true
	st := s.b.stores[k]
	s.left[st.value]--
	s.order = append(s.order, instruction{st.value, st.row})
}

// frees says that a node can be computed now and that an operand is not needed any more afterwards.
func (s *schedule) frees(v Value) bool {
	if s.b.nodes[v].op.mask() {
		return false // there are few masks
	}
	dies := false
	in := s.b.operands(v)
	for _, o := range in {
		if s.b.nodes[o].op.leaf() {
			continue
		}
		if !s.done[o] {
			return false
		}
		here := int32(0)
		for _, other := range in {
			if other == o {
				here++
			}
		}
		dies = dies || s.left[o] == here
	}
	return dies
}
