"""The installed kernel with encryption, through jupyter_client: start, run, interrupt, ask, restart, stay out, shut down."""
import json
import time

import zmq
from jupyter_client import KernelManager
from zmq.utils.monitor import recv_monitor_message

PATIENCE = 300

manager = KernelManager(kernel_name="joule", transport_encryption="required")
manager.start_kernel()
info = json.load(open(manager.connection_file))
assert len(info["curve_publickey"]) == 40 and len(info["curve_secretkey"]) == 40, info
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=PATIENCE)


def run(code, **kwargs):
    texts = []

    def output(m):
        c = m["content"]
        texts.append(c.get("text") or c.get("data", {}).get("text/plain") or "")

    reply = client.execute_interactive(code, timeout=PATIENCE, output_hook=output, **kwargs)
    return reply["content"]["status"], "".join(texts)


assert run("6 * 7") == ("ok", "42"), "a cell"
print("a cell")
status, text = run('import "strings"\nstrings.Repeat("é", 3_000_000)[:10]')
assert status == "ok", text
status, text = run('import "fmt"\nfor i := range 100_000 {\n\tfmt.Println(i)\n}')
assert status == "ok" and text.count("\n") == 100_000, text[:100]
print("100 000 lines")
deadline = time.monotonic() + PATIENCE
while not client.hb_channel.is_beating():  # a busy computer may miss a beat
    assert client.hb_channel.is_alive() and time.monotonic() < deadline
    time.sleep(0.1)
print("the heartbeat")

client.execute('fmt.Println("running")\nfor {\n}')
while client.get_iopub_msg(timeout=PATIENCE)["msg_type"] != "stream":
    pass
manager.interrupt_kernel()
reply = client.get_shell_msg(timeout=PATIENCE)
assert reply["content"]["status"] == "error", reply
print("an interrupt")

context = zmq.Context()
for channel in ("shell_port", "control_port", "stdin_port", "hb_port", "iopub_port"):
    for with_keys in (False, True):
        s = context.socket(zmq.SUB if channel == "iopub_port" else zmq.DEALER)
        s.linger = 0
        if with_keys:
            s.curve_publickey, s.curve_secretkey = zmq.curve_keypair()
            s.curve_serverkey = zmq.curve_keypair()[0]
        events = s.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
                                      | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_DISCONNECTED)
        s.connect(f"tcp://{info['ip']}:{info[channel]}")
        assert events.poll(PATIENCE * 1000), f"{channel}: nothing happens"
        event = recv_monitor_message(events)["event"]
        assert event != zmq.EVENT_HANDSHAKE_SUCCEEDED, f"{channel}: a stranger gets in"
        s.disable_monitor()
        s.close()
context.destroy(linger=0)
print("strangers stay out")

manager.restart_kernel(now=False)
client.wait_for_ready(timeout=PATIENCE)
assert run("6 * 7") == ("ok", "42"), "after a restart"
print("a restart")
client.stop_channels()
manager.shutdown_kernel(now=False)
print("the shutdown")
