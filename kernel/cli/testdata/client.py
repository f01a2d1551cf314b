"""Use the kernel joule through jupyter_client: start, run, interrupt, restart, two at once, end."""
import time

from jupyter_client.manager import start_new_kernel

PATIENCE = 300


def run(kc, code, until=None):
    """Run code; return the reply's content and the outputs. until is called at the first printed text."""
    msg_id = kc.execute(code)
    outputs = []
    while True:
        msg = kc.get_iopub_msg(timeout=PATIENCE)
        if msg["parent_header"].get("msg_id") != msg_id:
            continue
        if msg["msg_type"] == "stream" and until:
            until()
            until = None
        if msg["msg_type"] == "status" and msg["content"]["execution_state"] == "idle":
            break
        outputs.append(msg)
    while True:
        reply = kc.get_shell_msg(timeout=PATIENCE)
        if reply["parent_header"]["msg_id"] == msg_id:
            return reply["content"], outputs


def value(outputs):
    return [o["content"]["data"]["text/plain"] for o in outputs if o["msg_type"] == "execute_result"]


km, kc = start_new_kernel(kernel_name="joule", startup_timeout=PATIENCE)
reply, out = run(kc, "x := 20; x + 22")
assert reply["status"] == "ok" and reply["execution_count"] == 1, reply
assert value(out) == ["42"], out

reply, out = run(kc, "x")
assert value(out) == ["20"], out

reply, out = run(kc, 'import "fmt"\nfor i := 0; i < 1000; i++ { fmt.Println(i) }')
text = "".join(o["content"]["text"] for o in out if o["msg_type"] == "stream")
assert text == "".join(f"{i}\n" for i in range(1000)), text[:200]

reply, out = run(kc, "nonsense")
assert reply["status"] == "error" and reply["traceback"], reply
assert [o["msg_type"] for o in out if o["msg_type"] == "error"] == ["error"], out

begin = time.monotonic()
reply, out = run(kc, 'fmt.Println("running")\nfor {\n}', until=km.interrupt_kernel)
assert reply["status"] == "error", reply
print(f"interrupted after {time.monotonic() - begin:.3f} s")
reply, out = run(kc, "x")
assert value(out) == ["20"], "the interrupt lost the state"

# The death of the worker is an error of the cell, not the end of the kernel.
reply, out = run(kc, 'import "os"\nos.Exit(3)')
assert reply["status"] == "error", reply
assert km.is_alive()
reply, out = run(kc, "6 * 7")
assert value(out) == ["42"], out

# Two kernels at once have nothing in common.
km2, kc2 = start_new_kernel(kernel_name="joule", startup_timeout=PATIENCE)
run(kc, "z := 1")
reply, out = run(kc2, "z")
assert reply["status"] == "error", reply
kc2.stop_channels()
km2.shutdown_kernel()
assert not km2.is_alive()

begin = time.monotonic()
km.restart_kernel()
kc.wait_for_ready(timeout=PATIENCE)
print(f"restarted in {time.monotonic() - begin:.3f} s")
reply, out = run(kc, "z")
assert reply["status"] == "error", "a restart keeps nothing"
reply, out = run(kc, "1 + 1")
assert value(out) == ["2"] and reply["execution_count"] == 2, (out, reply)

begin = time.monotonic()
km.shutdown_kernel()
assert not km.is_alive()
print(f"ended in {time.monotonic() - begin:.3f} s")
kc.stop_channels()
