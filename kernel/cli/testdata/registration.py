"""Starts a kernel with a registration file (JEP 66). Usage: registration.py JOULE FOLDER"""
import hashlib
import hmac
import json
import os
import subprocess
import sys

import zmq
from jupyter_client import BlockingKernelClient

joule, folder = sys.argv[1:]
key = b"a key for this test"
file = os.path.join(folder, "registration.json")
router = zmq.Context.instance().socket(zmq.ROUTER)
port = router.bind_to_random_port("tcp://127.0.0.1")
registration = {
    "kernel_id": "the id", "transport": "tcp", "registration_ip": "127.0.0.1", "registration_port": port,
    "signature_scheme": "hmac-sha256", "key": key.decode(),
}


def sign(content):
    return hmac.new(key, content, hashlib.sha256).hexdigest().encode()


def launch():
    """Starts a kernel and returns it with its identity and what it tells."""
    kernel = subprocess.Popen([joule, "kernel", "-f", file])
    assert router.poll(300_000), "the kernel does not register"
    identity, delimiter, signature, content = router.recv_multipart()
    assert delimiter == b"<IDS|MSG>" and signature == sign(content), (delimiter, signature, content)
    return kernel, identity, json.loads(content)


def answer(identity, content):
    router.send_multipart([identity, b"<IDS|MSG>", sign(content), content])


with open(file, "w") as f:
    json.dump(registration, f)

# The second round is a restart: with the file as the kernel has left it.
for round in range(2):
    kernel, identity, told = launch()
    assert told["kernel_id"] == "the id", told
    names = ["control_port", "shell_port", "stdin_port", "iopub_port", "hb_port"]
    assert all(isinstance(told[name], str) for name in names), told
    answer(identity, b'{"status": "ok"}')
    client = BlockingKernelClient()
    client.load_connection_info({
        "transport": "tcp", "ip": "127.0.0.1", "key": key.decode(), "signature_scheme": "hmac-sha256",
        **{name: int(told[name]) for name in names},
    })
    client.start_channels()
    client.wait_for_ready(timeout=300)
    reply = client.execute_interactive("6 * 7", timeout=300)
    assert reply["content"]["status"] == "ok", reply
    with open(file) as f:
        written = json.load(f)
    assert written["registration_port"] == port and written["shell_port"] == int(told["shell_port"]), written
    client.shutdown()
    client.stop_channels()
    assert kernel.wait(300) == 0

# A kernel that is refused ends.
kernel, identity, told = launch()
answer(identity, b'{"status": "error"}')
assert kernel.wait(300) == 1
