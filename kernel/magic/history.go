package magic

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"joule/kernel"
)

func historyMagics() []Magic {
	return []Magic{{
		Name: "history", Aliases: []string{"hist"}, Usage: "%history [-n] [CELL…]\n%history -l [COUNT]\n%history -g [PATTERN] [-l COUNT]",
		Doc: "Shows the cells that were run in this session, each under its number (-n, which need not be said): all, or those given " +
			"by number or range, such as 3 5-8. -l shows the last ones, ten or COUNT, of this and earlier sessions and of all " +
			"notebooks, under the numbers of session and cell. -g shows those of them in which PATTERN is, with * for any text and " +
			"? for one character.",
		Run: history,
	}}
}

// lookup is what %history is asked.
type lookup struct {
	cells   []span
	past    bool   // of all sessions
	count   int    // at most, the last; -1 for all
	pattern string // "" for any
}

// usualCount is how many cells -l shows.
const usualCount = 10

// lookUp reads the arguments of %history.
func lookUp(args string) (l lookup, err error) {
	l.count = -1
	list := words(args)
	for i := 0; i < len(list); i++ {
		next := ""
		if i+1 < len(list) && !strings.HasPrefix(list[i+1], "-") {
			next = list[i+1]
		}
		switch list[i] {
		case "-n":
		case "-l":
			l.past, l.count = true, usualCount
			if n, err := strconv.Atoi(next); err == nil && n > 0 {
				l.count = n
				i++
			}
		case "-g":
			l.past, l.pattern = true, next
			if next != "" {
				i++
			}
		default:
			if strings.HasPrefix(list[i], "-") && len(list[i]) > 1 && list[i][1] > '9' {
				return l, fmt.Errorf("%%history has no option %s; %%help history lists them", list[i])
			}
			more, err := spans(list[i])
			if err != nil {
				return l, err
			}
			l.cells = append(l.cells, more...)
		}
	}
	if l.past && len(l.cells) > 0 {
		return l, errors.New("cells are given by number in this session only: without -l and -g")
	}
	return l, nil
}

func history(c *Call) error {
	wanted, err := lookUp(c.Line.Args)
	if err != nil {
		return err
	}
	if wanted.past {
		return c.pastSessions(wanted)
	}
	cells, err := choose(c.cells(c.Cell.Number), wanted.cells)
	if err != nil {
		return err
	}
	for _, p := range cells {
		c.entry(fmt.Sprintf("%4d: ", p.Number), p.Code)
	}
	return nil
}

// entry prints a cell, its lines below each other.
func (c *Call) entry(head, code string) {
	c.Print("%s%s\n", head, strings.ReplaceAll(strings.TrimRight(code, "\n"), "\n", "\n"+strings.Repeat(" ", len(head))))
}

// pastSessions shows cells of this and of earlier sessions.
func (c *Call) pastSessions(wanted lookup) error {
	out, ok := c.Out.(kernel.HistoryOutput)
	if !ok {
		return errors.New("nobody remembers earlier sessions here")
	}
	pattern := "*"
	if wanted.pattern != "" {
		pattern = "*" + wanted.pattern + "*"
	}
	list, err := out.History().Search(pattern, wanted.count, false)
	if err != nil {
		return err
	}
	for _, e := range list {
		c.entry(fmt.Sprintf("%d/%d: ", e.Session, e.Line), e.Input)
	}
	return nil
}
