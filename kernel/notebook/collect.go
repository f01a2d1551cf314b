package notebook

import (
	"encoding/json"
	"slices"
)

// A collector turns what a kernel publishes into the outputs of cells, by the rules of a front end: consecutive pieces of one
// stream are joined, clear_output empties a cell (with wait: when the next output comes), and update_display_data replaces
// every output that was shown under the same display id, in whichever cell it stands.
type collector struct {
	cells    map[int]*collected
	displays map[string][]*Output
	told     map[string]string // display id → the text of the last state that add or changes returned
	stale    []string          // display ids that were updated since
}

type collected struct {
	outputs []*Output
	count   int
	clear   bool // at the next output
}

func newCollector() *collector {
	return &collector{cells: map[int]*collected{}, displays: map[string][]*Output{}, told: map[string]string{}}
}

// begin empties the cell at index for a new run.
func (c *collector) begin(index int) { c.cells[index] = &collected{} }

// published is the content of any IOPub message that leaves a mark in a notebook.
type published struct {
	Name           string                     `json:"name"`
	Text           string                     `json:"text"`
	Data           map[string]json.RawMessage `json:"data"`
	Metadata       json.RawMessage            `json:"metadata"`
	ExecutionCount int                        `json:"execution_count"`
	EName          string                     `json:"ename"`
	EValue         string                     `json:"evalue"`
	Traceback      []string                   `json:"traceback"`
	Wait           bool                       `json:"wait"`
	Transient      *struct {
		DisplayID string `json:"display_id"`
	} `json:"transient"`
}

// add takes in one IOPub message that belongs to the cell at index. If the message is an output, or a new piece of one, it
// returns just that.
func (c *collector) add(index int, kind string, content []byte) (*Output, error) {
	cell, known := c.cells[index]
	if !known {
		return nil, nil
	}
	var p published
	switch kind {
	case "stream", "display_data", "execute_result", "error", "clear_output", "update_display_data", "execute_input":
		if err := json.Unmarshal(content, &p); err != nil {
			return nil, err
		}
	default:
		return nil, nil
	}
	if p.ExecutionCount > 0 {
		cell.count = p.ExecutionCount
	}
	switch kind {
	case "execute_input":
		return nil, nil
	case "clear_output":
		if cell.clear = p.Wait; !p.Wait {
			c.empty(cell)
		}
		return nil, nil
	case "update_display_data":
		if p.Transient != nil {
			c.update(p)
			if id := p.Transient.DisplayID; !slices.Contains(c.stale, id) {
				c.stale = append(c.stale, id)
			}
		}
		return nil, nil
	}
	if cell.clear {
		c.empty(cell)
		cell.clear = false
	}
	piece := Output{
		Kind: kind, Name: p.Name, Text: p.Text, Data: p.Data, Metadata: orEmpty(p.Metadata), Count: p.ExecutionCount,
		EName: p.EName, EValue: p.EValue, Traceback: p.Traceback,
	}
	c.show(cell, piece, p)
	return &piece, nil
}

func (c *collector) show(cell *collected, out Output, p published) {
	if n := len(cell.outputs); out.Kind == "stream" && n > 0 {
		if last := cell.outputs[n-1]; last.Kind == "stream" && last.Name == out.Name {
			last.Text += out.Text
			return
		}
	}
	shown := &out
	cell.outputs = append(cell.outputs, shown)
	if p.Transient != nil && p.Transient.DisplayID != "" {
		c.update(p)
		c.displays[p.Transient.DisplayID] = append(c.displays[p.Transient.DisplayID], shown)
		c.told[p.Transient.DisplayID] = shown.Plain()
	}
}

func (c *collector) update(p published) {
	for _, out := range c.displays[p.Transient.DisplayID] {
		out.Data, out.Metadata = p.Data, orEmpty(p.Metadata)
	}
}

// changes returns, once, the last state of each display whose text updates have changed since add or changes returned it: of a
// progress of a thousand steps, the end.
func (c *collector) changes() []Output {
	var changed []Output
	for _, id := range c.stale {
		shown := c.displays[id]
		if len(shown) == 0 { // it was cleared
			continue
		}
		last := *shown[len(shown)-1]
		if text := last.Plain(); text != c.told[id] {
			c.told[id] = text
			last.Kind = "display_data"
			changed = append(changed, last)
		}
	}
	c.stale = nil
	return changed
}

func (c *collector) empty(cell *collected) {
	for _, out := range cell.outputs {
		for id, shown := range c.displays {
			c.displays[id] = without(shown, out)
		}
	}
	cell.outputs = nil
}

func without(outs []*Output, gone *Output) []*Output {
	var left []*Output
	for _, o := range outs {
		if o != gone {
			left = append(left, o)
		}
	}
	return left
}

// store writes what was collected into the notebook. It may be called again when later cells have changed earlier displays.
func (c *collector) store(nb *Notebook) {
	for i, got := range c.cells {
		outs := make([]Output, len(got.outputs))
		for k, o := range got.outputs {
			outs[k] = *o
		}
		nb.Cells[i].SetOutputs(got.count, outs)
	}
}

func orEmpty(object json.RawMessage) json.RawMessage {
	if len(object) == 0 || kindOf(object) != "an object" {
		return json.RawMessage("{}")
	}
	return object
}
