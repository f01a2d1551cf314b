"""Ask the kernel joule what front ends ask while somebody types: complete, inspect, is_complete. Positions are code points."""
from jupyter_client.manager import start_new_kernel

PATIENCE = 300


def reply(msg_id):
    while True:
        msg = kc.get_shell_msg(timeout=PATIENCE)
        if msg["parent_header"]["msg_id"] == msg_id:
            return msg["content"]


def complete(code):
    """Complete at the bar."""
    at = code.index("|")
    return reply(kc.complete(code.replace("|", ""), at))


def inspect(code, detail=0):
    at = code.index("|")
    return reply(kc.inspect(code.replace("|", ""), at, detail))


km, kc = start_new_kernel(kernel_name="joule", startup_timeout=PATIENCE)
reply(kc.execute("""
// Ring is a circular valley.
type Ring struct {
	Radius float64 // where the valley lies
	Width  float64
}

// Energy is low in the valley.
func (r Ring) Energy(x ...float64) float64 { return r.Radius }

ring := Ring{Radius: 2}
größe := 1"""))

for code, first, start, end in [
    ("ring.|", ["Radius", "Width", "Energy"], 5, 5),
    ("𝔼 := 1; ring.Ra|", ["Radius"], 13, 15),  # outside the basic plane: one code point each
    ("größe + grö|ße", ["größe"], 8, 13),
    ("Ring{|}", ["Radius: ", "Width: "], 5, 5),
    ("strings.Spl|", ["Split"], 8, 11),
    ("ebm.Defi|", ["Define"], 4, 8),
    ('import "encoding/js|"', ["encoding/json"], 8, 19),
    ("%tim|", ["%time", "%%time"], 0, 4),
]:
    c = complete(code)
    assert c["matches"][: len(first)] == first, (code, c["matches"][:10])
    assert (c["cursor_start"], c["cursor_end"]) == (start, end), (code, c["cursor_start"], c["cursor_end"])
    types = c["metadata"]["_jupyter_types_experimental"]
    assert [t["text"] for t in types] == c["matches"], code
    assert all(t["type"] and t["start"] == start and t["end"] == end for t in types), types[0]

for code, detail, words in [
    ("ring.Energy(|", 0, ["func (r Ring) Energy(x ...float64) float64", "Energy is low in the valley."]),
    ("ring.Energy(|", 1, ["// Energy is low in the valley.", "return r.Radius"]),
    ("strings.Split(\"a\", |", 0, ["func Split(s, sep string) []string", "Split slices s"]),
    ("viz.Landscape|", 0, ["func Landscape(", "Landscape draws"]),
    ("e|bm.Define", 0, ["package ebm"]),
    ("𝔼 := ring.Rad|ius", 0, ["where the valley lies"]),
    ("%time|", 0, ["%time"]),
]:
    found = inspect(code, detail)
    assert found["found"], code
    for kind in ["text/plain"] if code.startswith("%") else ["text/plain", "text/markdown"]:
        for word in words:
            assert word in found["data"][kind], (code, found["data"][kind])
assert not inspect("nosuch|")["found"]

for code, status in [("x := 1", "complete"), ("func f() {", "incomplete"), ("x := )", "invalid"), ("%time f()", "complete")]:
    assert reply(kc.is_complete(code))["status"] == status, code

kc.stop_channels()
km.shutdown_kernel()
print("what is typed is answered")
