package ebm

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"joule/ebm/expr"
)

// maxHeader bounds the header of a file of parameters, as the format does.
const maxHeader = 100 << 20

// tensorInfo describes one array in the header of a safetensors file.
type tensorInfo struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// Save writes the parameters to a file in the safetensors format, which PyTorch, JAX, NumPy and others read: eight bytes with the
// length of a header in JSON, the header with name, shape and place of each array, and the arrays as 64-bit numbers.
func (p *Params) Save(file string) error {
	f, err := os.CreateTemp(dirOf(file), ".joule-*")
	if err != nil {
		return fmt.Errorf("ebm: saving parameters: %w", err)
	}
	defer os.Remove(f.Name()) // it is gone once it has been renamed
	_, err = f.Write(p.encode())
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("ebm: saving parameters: %w", err)
	}
	return nil
}

// dirOf is the folder of a file, so that what is renamed lies on the same file system.
func dirOf(file string) string {
	if i := strings.LastIndexByte(file, os.PathSeparator); i >= 0 {
		return file[:i+1]
	}
	return "."
}

// encode returns the bytes of the file.
func (p *Params) encode() []byte {
	values := p.values()
	header := map[string]any{"__metadata__": map[string]string{"format": "joule"}}
	at := int64(0)
	for k, q := range p.list {
		end := at + 8*int64(len(values[k]))
		shape := append([]int{}, q.shape.Dims()...)
		header[q.name] = tensorInfo{DType: "F64", Shape: shape, Offsets: [2]int64{at, end}}
		at = end
	}
	text, err := json.Marshal(header)
	if err != nil {
		panic(err) // strings and integers can always be written
	}
	for len(text)%8 != 0 { // so that the numbers are aligned
		text = append(text, ' ')
	}
	buf := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	buf = append(buf, text...)
	for _, v := range values {
		for _, x := range v {
			buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(x))
		}
	}
	return buf
}

// Load reads parameters from a safetensors file of 64- or 32-bit numbers. Every parameter must be there under its name and in its
// shape; others in the file are an error too, since it is then of another model. Nothing changes when there is an error.
func (p *Params) Load(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("ebm: loading parameters: %w", err)
	}
	if err := p.decode(data); err != nil {
		return fmt.Errorf("ebm: loading parameters from %s: %w", file, err)
	}
	return nil
}

// decode sets the parameters from the bytes of a file.
func (p *Params) decode(data []byte) error {
	infos, body, err := decodeHeader(data)
	if err != nil {
		return err
	}
	values := make([][]float64, len(p.list))
	for k, q := range p.list {
		info, ok := infos[q.name]
		if !ok {
			return fmt.Errorf("there is no %q", q.name)
		}
		if !slices.Equal(info.Shape, q.shape.Dims()) {
			return fmt.Errorf("%q has extents %v, the model %v", q.name, info.Shape, q.shape.Dims())
		}
		if values[k], err = info.numbers(body, q.shape); err != nil {
			return fmt.Errorf("%q: %w", q.name, err)
		}
		delete(infos, q.name)
	}
	for name := range infos {
		return fmt.Errorf("the model has no parameter %q", name)
	}
	for k, q := range p.list {
		q.put(values[k])
	}
	return nil
}

func decodeHeader(data []byte) (infos map[string]tensorInfo, body []byte, err error) {
	if len(data) < 8 {
		return nil, nil, errors.New("it is no safetensors file: too short")
	}
	n := binary.LittleEndian.Uint64(data)
	if n > maxHeader || n > uint64(len(data)-8) {
		return nil, nil, fmt.Errorf("it is no safetensors file: a header of %d bytes in %d", n, len(data))
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data[8:8+n], &raw); err != nil {
		return nil, nil, fmt.Errorf("it is no safetensors file: %w", err)
	}
	infos = make(map[string]tensorInfo, len(raw))
	for name, text := range raw {
		var info tensorInfo
		if name == "__metadata__" {
			continue
		}
		if err := json.Unmarshal(text, &info); err != nil {
			return nil, nil, fmt.Errorf("header of %q: %w", name, err)
		}
		infos[name] = info
	}
	return infos, data[8+n:], nil
}

// numbers reads an array of a given shape.
func (t tensorInfo) numbers(body []byte, s expr.Shape) ([]float64, error) {
	width := map[string]int{"F64": 8, "F32": 4}[t.DType]
	if width == 0 {
		return nil, fmt.Errorf("numbers of type %s; F64 and F32 can be read", t.DType)
	}
	lo, hi := t.Offsets[0], t.Offsets[1]
	if lo < 0 || hi < lo || hi > int64(len(body)) || hi-lo != int64(width)*int64(s.Size()) {
		return nil, fmt.Errorf("bytes %d to %d of %d hold no %d numbers", lo, hi, len(body), s.Size())
	}
	v := make([]float64, s.Size())
	for i := range v {
		b := body[int(lo)+i*width:]
		if width == 8 {
			v[i] = math.Float64frombits(binary.LittleEndian.Uint64(b))
		} else {
			v[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		}
	}
	return v, nil
}
