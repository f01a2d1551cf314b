"""A front end on libzmq, with nothing between it and the wire. Usage: libzmq.py CONNECTION_FILE

Each check prints its name when it holds; the first that does not raises."""
import hashlib
import hmac
import json
import sys
import time
import uuid

import zmq

conn = json.load(open(sys.argv[1]))
context = zmq.Context()
PATIENCE = 180_000


def sign(parts):
    mac = hmac.new(conn["key"].encode(), digestmod=hashlib.sha256)
    for p in parts:
        mac.update(p)
    return mac.hexdigest().encode()


def socket(kind, port, identity=None, topics=()):
    s = context.socket(kind)
    s.linger = 0
    s.rcvtimeo = PATIENCE
    if "curve_publickey" in conn:
        s.curve_publickey, s.curve_secretkey = zmq.curve_keypair()
        s.curve_serverkey = conn["curve_publickey"].encode()
    if identity:
        s.setsockopt(zmq.IDENTITY, identity)
    s.connect(f"tcp://{conn['ip']}:{conn[port]}")
    for t in topics:
        s.subscribe(t)
    return s


def request(s, kind, content, buffers=(), **more):
    header = {"msg_id": uuid.uuid4().hex, "session": "libzmq", "username": "u", "date": "2026-01-01T00:00:00Z",
              "msg_type": kind, "version": "5.5", "unknown_key": [1, 2.50], **more}
    parts = [json.dumps(x).encode() for x in (header, {}, {}, content)]
    s.send_multipart([b"<IDS|MSG>", sign(parts)] + parts + list(buffers))
    return parts[0]


def receive(s):
    frames = s.recv_multipart()
    i = frames.index(b"<IDS|MSG>")
    assert frames[i + 1] == sign(frames[i + 2:i + 6]), "bad signature"
    return {"ids": frames[:i], "header": json.loads(frames[i + 2]), "parent": frames[i + 3],
            "content": json.loads(frames[i + 5]), "raw": frames[i + 2:i + 6]}


def kind(m):
    return m["header"]["msg_type"]


def until_idle(s, parent):
    got = []
    while True:
        m = receive(s)
        if m["parent"] != parent:
            continue
        got.append(m)
        if kind(m) == "status" and m["content"]["execution_state"] == "idle":
            return got


def check(name, ok, detail=""):
    assert ok, f"{name}: {detail}"
    print(name, flush=True)


iopub = socket(zmq.SUB, "iopub_port", topics=[b""])
m = receive(iopub)
check("the welcome is the first message", kind(m) == "iopub_welcome" and m["content"] == {"subscription": ""} and m["ids"] == [b""]
      and m["parent"] == b"{}", m)
m = receive(iopub)
check("starting follows the first welcome", kind(m) == "status" and m["content"]["execution_state"] == "starting", m)

narrow = socket(zmq.SUB, "iopub_port", topics=[b"stream"])
m = receive(narrow)
check("a narrow subscription is welcomed under its topic", m["ids"] == [b"stream"] and m["content"] == {"subscription": "stream"}, m)
narrow.subscribe(b"\xff\xfe")
narrow.subscribe(b"nothing")
m = receive(narrow)
check("a topic that is no UTF-8 is not welcomed, the next one is", m["content"] == {"subscription": "nothing"}, m)
narrow.unsubscribe(b"nothing")
check("nobody else is welcomed for it", iopub.poll(50) == 0)

shell = socket(zmq.DEALER, "shell_port", b"libzmq")
control = socket(zmq.DEALER, "control_port", b"libzmq")
stdin = socket(zmq.DEALER, "stdin_port", b"libzmq")
for s in (shell, control):
    parent = request(s, "kernel_info_request", {})
    m = receive(s)
    check("kernel_info on its own channel", kind(m) == "kernel_info_reply" and m["parent"] == parent, m)
    until_idle(iopub, parent)

parent = request(shell, "execute_request", {"code": "print hello\n1 + 1", "store_history": True})
kinds = [kind(m) for m in until_idle(iopub, parent)]
check("a cell", kinds == ["status", "execute_input", "stream", "execute_result", "status"], kinds)
m = receive(shell)
check("its reply, with the parent header byte for byte", m["content"]["status"] == "ok" and m["parent"] == parent, m)
m = receive(narrow)
check("a narrow subscriber gets streams only", kind(m) == "stream" and m["content"]["text"] == "hello\n", m)

parent = request(shell, "execute_request", {"code": "ask name?", "allow_stdin": True})
m = receive(stdin)
check("a question", kind(m) == "input_request" and m["content"] == {"prompt": "name?", "password": False}, m)
request(stdin, "input_reply", {"value": "Zoë"})
text = "".join(m["content"]["text"] for m in until_idle(iopub, parent) if kind(m) == "stream")
check("its answer, without a parent header", text == "Zoë\n", text)
receive(shell)

parent = request(shell, "kernel_info_request", {}, [b"", b"\0" * 5_000_000])
check("buffers", kind(receive(shell)) == "kernel_info_reply")
until_idle(iopub, parent)

big = "x" * 10_000_000
parent = request(shell, "execute_request", {"code": "show text/html " + big})
shown = [m for m in until_idle(iopub, parent) if kind(m) == "display_data"]
check("ten megabytes both ways", shown[0]["content"]["data"]["text/html"] == big)
receive(shell)

began = time.monotonic()
parent = request(shell, "execute_request", {"code": "flood 100000"})
streams = [m["content"]["text"] for m in until_idle(iopub, parent) if kind(m) == "stream"]
check("100 000 lines", "".join(streams) == "".join(f"line {i}\n" for i in range(100000)), len(streams))
most = 5 + (time.monotonic() - began) / 0.030  # text is sent every 30 ms, or as a megabyte
check("in few messages", len(streams) <= most, (len(streams), most))
receive(shell)

for _ in range(3):
    hb = socket(zmq.REQ, "hb_port")
    hb.send_multipart([b"a", b"", b"c"])
    check("the heartbeat echoes every frame", hb.recv_multipart() == [b"a", b"", b"c"])
hb = socket(zmq.DEALER, "hb_port")
hb.send(b"ping")
check("to a DEALER too", hb.recv() == b"ping")

parent = request(shell, "execute_request", {"code": "forever"})
while kind(receive(iopub)) != "execute_input":
    pass
hb.send(b"busy")
check("the heartbeat while a cell runs", hb.recv() == b"busy")
request(control, "kernel_info_request", {})
check("control while a cell runs", kind(receive(control)) == "kernel_info_reply")
shell.close()  # as if the network had been cut, ...
shell = socket(zmq.DEALER, "shell_port", b"libzmq")  # ... and is there again
request(shell, "kernel_info_request", {}, subshell_id="nobody")  # refused at once: the new connection is there
m = receive(shell)
check("a new connection with the same identity", m["content"]["status"] == "error", m)
request(shell, "kernel_info_request", {})  # waits for the cell, so its reply comes second
request(control, "interrupt_request", {})
check("the interrupt", kind(receive(control)) == "interrupt_reply")
m = receive(shell)
check("the reply to what the old connection asked comes to the new one", m["parent"] == parent and m["content"]["status"] == "error", m)
check("and the next", kind(receive(shell)) == "kernel_info_reply")

shell.setsockopt(zmq.HEARTBEAT_IVL, 20)
beating = context.socket(zmq.DEALER)
beating.linger, beating.rcvtimeo = 0, PATIENCE
if "curve_publickey" in conn:
    beating.curve_publickey, beating.curve_secretkey = zmq.curve_keypair()
    beating.curve_serverkey = conn["curve_publickey"].encode()
beating.setsockopt(zmq.HEARTBEAT_IVL, 20)
beating.setsockopt(zmq.HEARTBEAT_TIMEOUT, PATIENCE)
beating.connect(f"tcp://{conn['ip']}:{conn['shell_port']}")
time.sleep(0.2)  # some ZMTP pings
request(beating, "kernel_info_request", {})
check("a peer with ZMTP heartbeats", kind(receive(beating)) == "kernel_info_reply")

request(control, "shutdown_request", {"restart": False})
m = receive(control)
check("the reply to the shutdown", kind(m) == "shutdown_reply" and m["content"] == {"status": "ok", "restart": False}, m)
while True:
    m = receive(iopub)
    if kind(m) == "shutdown_reply":
        break
check("and its copy on IOPub", True)
context.destroy(linger=0)
