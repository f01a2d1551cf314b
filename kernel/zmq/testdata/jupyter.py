"""jupyter_client against the toy engine. Usage: jupyter.py CONNECTION_FILE"""
import sys

from jupyter_client import BlockingKernelClient

client = BlockingKernelClient()
client.load_connection_file(sys.argv[1])
client.start_channels()
client.wait_for_ready(timeout=30)
outputs = []
reply = client.execute_interactive("print hello\nx = 6\nx * 7", timeout=30, output_hook=outputs.append)
assert reply["content"]["status"] == "ok", reply
assert [m["msg_type"] for m in outputs if m["msg_type"] in ("stream", "execute_result")] == ["stream", "execute_result"], outputs
replies = [client.execute(code) for code in ["error E text", "1", "2"]]
statuses = [client.get_shell_msg(timeout=30)["content"]["status"] for _ in replies]
assert statuses == ["error", "aborted", "aborted"], statuses
for code in ["1 +", "x"]:
    client.is_complete(code)
    print(client.get_shell_msg(timeout=30)["content"])
client.complete("x", 1)
assert client.get_shell_msg(timeout=30)["content"]["matches"] == ["x"]
client.history(hist_access_type="tail", n=3, output=True)
assert len(client.get_shell_msg(timeout=30)["content"]["history"]) == 2
client.inspect("x", 1)
assert client.get_shell_msg(timeout=30)["content"]["found"]
client.comm_info()
assert client.get_shell_msg(timeout=30)["content"]["comms"] == {}
assert client.hb_channel.is_alive()
client.shutdown()
assert client.get_control_msg(timeout=30)["msg_type"] == "shutdown_reply"
client.stop_channels()
