"""A kernel on libzmq, old-fashioned: PUB without a welcome. Usage: kernel.py CONNECTION_FILE

It chooses its ports and prints the connection file with them. It echoes the code of a cell on stdout, asks one question on the
way if input is allowed, and ends with a shutdown."""
import hashlib
import hmac
import json
import sys
import threading
import time
import uuid

import zmq

conn = json.load(open(sys.argv[1]))
context = zmq.Context()


def bind(kind, port):
    s = context.socket(kind)
    s.linger = 2000
    if "curve_publickey" in conn:
        s.curve_publickey, s.curve_secretkey = conn["curve_publickey"].encode(), conn["curve_secretkey"].encode()
        s.curve_server = True
    conn[port] = s.bind_to_random_port(f"tcp://{conn['ip']}")
    return s


def echo(hb):
    while True:
        hb.send_multipart(hb.recv_multipart())


def sign(parts):
    mac = hmac.new(conn["key"].encode(), digestmod=hashlib.sha256)
    for p in parts:
        mac.update(p)
    return mac.hexdigest().encode()


def send(s, ids, kind, content, parent):
    header = {"msg_id": uuid.uuid4().hex, "session": "k", "username": "k", "date": "2026-01-01T00:00:00Z", "msg_type": kind,
              "version": "5.3"}
    parts = [json.dumps(header).encode(), parent, b"{}", json.dumps(content).encode()]
    s.send_multipart(ids + [b"<IDS|MSG>", sign(parts)] + parts)


def receive(s):
    frames = s.recv_multipart()
    i = frames.index(b"<IDS|MSG>")
    assert frames[i + 1] == sign(frames[i + 2:i + 6]), "bad signature"
    return frames[:i], frames[i + 2], json.loads(frames[i + 2])["msg_type"], json.loads(frames[i + 5])


threading.Thread(target=echo, args=(bind(zmq.REP, "hb_port"),), daemon=True).start()
shell, control, stdin = (bind(zmq.ROUTER, p) for p in ("shell_port", "control_port", "stdin_port"))
iopub = bind(zmq.PUB, "iopub_port")
print(json.dumps(conn), flush=True)
poller = zmq.Poller()
poller.register(shell, zmq.POLLIN)
poller.register(control, zmq.POLLIN)
while True:
    for s, _ in poller.poll():
        ids, header, kind, content = receive(s)
        send(iopub, [b"status"], "status", {"execution_state": "busy"}, header)
        reply = {"status": "ok", "execution_count": 1}
        if kind == "execute_request":
            text = content["code"]
            if content["allow_stdin"]:
                send(stdin, ids, "input_request", {"prompt": "?", "password": False}, header)
                text += receive(stdin)[3]["value"]
            send(iopub, [b"stream"], "stream", {"name": "stdout", "text": text}, header)
        send(s, ids, kind.replace("_request", "_reply"), reply, header)
        send(iopub, [b"status"], "status", {"execution_state": "idle"}, header)
        if kind == "shutdown_request":
            time.sleep(0.1)
            sys.exit(0)
