package notebook

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// A Notebook is a notebook file in memory. Cells may be reordered, removed and added; everything else stays as it was read.
type Notebook struct {
	Cells []*Cell
	doc   *object
	minor int
}

// A Cell is one cell of a notebook.
type Cell struct {
	kind, id, source string
	doc              *object
}

// ReadFile reads the notebook at path.
func ReadFile(path string) (*Notebook, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("notebook: %w", err)
	}
	nb, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%w (in %s)", err, path)
	}
	return nb, nil
}

// Parse reads a notebook of format 4. It fails with one sentence on anything that the parts of this package could not work with
// later; unknown fields and unknown kinds of cells are kept.
func Parse(data []byte) (*Notebook, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil { // the depth of the document as a whole is checked only here
		return nil, fmt.Errorf("notebook: not a notebook file: %w", err)
	}
	doc, err := parseObject(data)
	if err != nil {
		return nil, fmt.Errorf("notebook: not a notebook file: %w", err)
	}
	var major int
	if err := json.Unmarshal(doc.values["nbformat"], &major); err != nil {
		return nil, errors.New("notebook: not a notebook file: it has no field nbformat")
	}
	if major != 4 {
		return nil, fmt.Errorf("notebook: format %d is not supported, only 4: open and save the file in Jupyter to convert it", major)
	}
	nb := &Notebook{doc: doc}
	if raw, ok := doc.values["nbformat_minor"]; ok && json.Unmarshal(raw, &nb.minor) != nil {
		return nil, errors.New("notebook: nbformat_minor is not a whole number")
	}
	var cells []json.RawMessage
	if err := json.Unmarshal(doc.values["cells"], &cells); err != nil {
		return nil, errors.New("notebook: it has no list of cells")
	}
	for i, raw := range cells {
		c, err := parseCell(raw)
		if err != nil {
			return nil, fmt.Errorf("notebook: cell %d: %w", i+1, err)
		}
		nb.Cells = append(nb.Cells, c)
	}
	return nb, nil
}

func parseCell(raw json.RawMessage) (*Cell, error) {
	doc, err := parseObject(raw)
	if err != nil {
		return nil, err
	}
	c := &Cell{doc: doc}
	if err := json.Unmarshal(doc.values["cell_type"], &c.kind); err != nil || c.kind == "" {
		return nil, errors.New("it has no cell_type")
	}
	if raw, ok := doc.values["id"]; ok && json.Unmarshal(raw, &c.id) != nil {
		return nil, fmt.Errorf("its id is %s, a string is expected", kindOf(raw))
	}
	if c.source, err = text(doc.values["source"]); err != nil {
		return nil, fmt.Errorf("its source: %w", err)
	}
	return c, nil
}

// Kind returns "code", "markdown", "raw" or whatever else the file says.
func (c *Cell) Kind() string { return c.kind }

// ID returns the cell's id, or "" where the file is of a format before 4.5, which had none.
func (c *Cell) ID() string { return c.id }

// Source returns the cell's text.
func (c *Cell) Source() string { return c.source }

// Tags returns the cell's tags.
func (c *Cell) Tags() []string {
	var meta struct{ Tags []string }
	json.Unmarshal(c.doc.values["metadata"], &meta) // metadata of an unknown shape has no tags
	return meta.Tags
}

// Count returns the number that the cell was run under, or 0.
func (c *Cell) Count() int {
	var n int
	json.Unmarshal(c.doc.values["execution_count"], &n) // null and absent are 0
	return n
}

// Outputs returns the outputs of a code cell.
func (c *Cell) Outputs() ([]Output, error) {
	var raws []json.RawMessage
	if raw, ok := c.doc.values["outputs"]; ok && json.Unmarshal(raw, &raws) != nil {
		return nil, fmt.Errorf("notebook: outputs are %s, a list is expected", kindOf(raw))
	}
	outs := make([]Output, len(raws))
	for i, raw := range raws {
		if err := outs[i].decode(raw); err != nil {
			return nil, fmt.Errorf("notebook: output %d: %w", i+1, err)
		}
	}
	return outs, nil
}

// SetOutputs replaces the outputs of a code cell and the number it was run under; 0 stands for not run.
func (c *Cell) SetOutputs(count int, outs []Output) {
	raws := make([]json.RawMessage, len(outs))
	for i := range outs {
		raws[i] = outs[i].encode()
	}
	c.doc.set("outputs", array(raws))
	c.doc.set("execution_count", json.RawMessage("null"))
	if count > 0 {
		c.doc.set("execution_count", json.RawMessage(strconv.Itoa(count)))
	}
}

// Strip removes all outputs and counts: the form in which notebooks are kept under version control.
func (nb *Notebook) Strip() {
	for _, c := range nb.Cells {
		if c.kind == "code" {
			c.SetOutputs(0, nil)
		}
	}
}

// Metadata returns the raw JSON of one field of the notebook's metadata, or nil.
func (nb *Notebook) Metadata(key string) json.RawMessage {
	meta, err := parseObject(nb.doc.values["metadata"])
	if err != nil {
		return nil
	}
	return meta.values[key]
}

// SetMetadata sets one field of the notebook's metadata to value.
func (nb *Notebook) SetMetadata(key string, value json.RawMessage) {
	meta, err := parseObject(nb.doc.values["metadata"])
	if err != nil {
		meta = newObject()
	}
	meta.set(key, value)
	nb.doc.set("metadata", meta.encode())
}

// Encode returns the file's bytes in Jupyter's own layout. From format 4.5 on every cell needs an id of its own: a cell
// without a valid one gets one, made from its place and text so that the same notebook gives the same bytes. It fails only on
// outputs or metadata that are no JSON, or nested too deeply for any reader.
func (nb *Notebook) Encode() ([]byte, error) {
	if nb.minor >= 5 {
		nb.giveIDs()
	}
	cells := make([]json.RawMessage, len(nb.Cells))
	for i, c := range nb.Cells {
		cells[i] = c.doc.encode()
	}
	nb.doc.set("cells", array(cells))
	var b bytes.Buffer
	if err := json.Indent(&b, nb.doc.encode(), "", " "); err != nil {
		return nil, fmt.Errorf("notebook: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

var validID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

func (nb *Notebook) giveIDs() {
	taken := map[string]bool{}
	var without []int
	for i, c := range nb.Cells {
		if !validID.MatchString(c.id) || taken[c.id] {
			without = append(without, i)
			continue
		}
		taken[c.id] = true
	}
	for _, i := range without {
		c := nb.Cells[i]
		for salt := 0; ; salt++ {
			sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", i, salt, c.source))
			if c.id = fmt.Sprintf("%x", sum[:4]); !taken[c.id] {
				break
			}
		}
		taken[c.id] = true
		c.doc.set("id", quote(c.id))
	}
}

// WriteFile writes the notebook to path: into a file beside it first, so that no reader and no crash ever sees half a notebook.
func (nb *Notebook) WriteFile(path string) error {
	data, err := nb.Encode()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".notebook-*")
	if err != nil {
		return fmt.Errorf("notebook: %w", err)
	}
	defer os.Remove(f.Name()) // fails, as it should, once the file has its final name
	mode := os.FileMode(0o644)
	if old, err := os.Stat(path); err == nil {
		mode = old.Mode().Perm()
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return fmt.Errorf("notebook: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("notebook: %w", err)
	}
	return nil
}
