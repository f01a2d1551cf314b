package magic

import (
	"fmt"
	"strconv"
	"strings"
)

// A span is a range of cell numbers, both ends included.
type span struct{ from, to int }

// spans reads cell numbers and ranges of them: "3 5-8".
func spans(args string) (list []span, err error) {
	for _, f := range strings.FieldsFunc(args, func(c rune) bool { return c == ' ' || c == '\t' || c == ',' }) {
		from, to, ranged := strings.Cut(f, "-")
		if !ranged {
			to = from
		}
		a, err1 := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || a < 0 || b < a {
			return nil, fmt.Errorf("%q is neither the number of a cell nor a range such as 5-8", f)
		}
		list = append(list, span{a, b})
	}
	return list, nil
}

// choose picks cells by their numbers, in the order of the spans. Without spans it picks all.
func choose(cells []Past, list []span) (chosen []Past, err error) {
	if len(list) == 0 {
		return cells, nil
	}
	for _, s := range list {
		found := false
		for _, c := range cells {
			if s.from <= c.Number && c.Number <= s.to {
				chosen, found = append(chosen, c), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no cell ran under the number %s", s)
		}
	}
	return chosen, nil
}

func (s span) String() string {
	if s.from == s.to {
		return strconv.Itoa(s.from)
	}
	return fmt.Sprintf("%d-%d", s.from, s.to)
}
