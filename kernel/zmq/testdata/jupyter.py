"""jupyter_client against the toy engine. Usage: jupyter.py CONNECTION_FILE"""
import sys

from jupyter_client import BlockingKernelClient

PATIENCE = 180
client = BlockingKernelClient()
client.load_connection_file(sys.argv[1])
client.start_channels()
client.wait_for_ready(timeout=PATIENCE)
outputs = []
reply = client.execute_interactive("print hello\nx = 6\nx * 7", timeout=PATIENCE, output_hook=outputs.append)
assert reply["content"]["status"] == "ok", reply
assert [m["msg_type"] for m in outputs if m["msg_type"] in ("stream", "execute_result")] == ["stream", "execute_result"], outputs
replies = [client.execute("ask go on?\nerror E text", allow_stdin=True), client.execute("1"), client.execute("2")]
# What is sent to a subshell that is not there is refused at once, after everything before it has arrived: now the cells wait.
fence = client.session.msg("kernel_info_request", {})
fence["header"]["subshell_id"] = "nobody"
client.shell_channel.send(fence)
assert client.get_shell_msg(timeout=PATIENCE)["parent_header"]["msg_id"] == fence["header"]["msg_id"]
client.get_stdin_msg(timeout=PATIENCE)
client.input("yes")
statuses = [client.get_shell_msg(timeout=PATIENCE)["content"]["status"] for _ in replies]
assert statuses == ["error", "aborted", "aborted"], statuses
for code in ["1 +", "x"]:
    client.is_complete(code)
    print(client.get_shell_msg(timeout=PATIENCE)["content"])
client.complete("x", 1)
assert client.get_shell_msg(timeout=PATIENCE)["content"]["matches"] == ["x"]
client.history(hist_access_type="tail", n=3, output=True)
assert len(client.get_shell_msg(timeout=PATIENCE)["content"]["history"]) == 2
client.inspect("x", 1)
assert client.get_shell_msg(timeout=PATIENCE)["content"]["found"]
client.comm_info()
assert client.get_shell_msg(timeout=PATIENCE)["content"]["comms"] == {}
assert client.hb_channel.is_alive()
client.shutdown()
assert client.get_control_msg(timeout=PATIENCE)["msg_type"] == "shutdown_reply"
client.stop_channels()
