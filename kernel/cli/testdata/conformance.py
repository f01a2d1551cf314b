"""The conformance suite of the Jupyter project for the kernel joule, with every test that the kernel has something for."""
import unittest

import jupyter_kernel_test
from jupyter_client.manager import start_new_kernel

# The suite gives a message that follows another a tenth of a second, which a busy computer may take.
PATIENCE = 300
jupyter_kernel_test.TIMEOUT = PATIENCE


class JouleTests(jupyter_kernel_test.KernelTests):
    @classmethod
    def setUpClass(cls):
        cls.km, cls.kc = start_new_kernel(kernel_name=cls.kernel_name, startup_timeout=PATIENCE)
        get_msg = jupyter_kernel_test.ensure_sync(cls.kc.iopub_channel.get_msg)
        cls.kc.iopub_channel.get_msg = lambda timeout=None: get_msg(timeout=PATIENCE)

    def flush_channels(self):
        """Read everything up to the end of a request that is sent now: what was sent before is answered before."""
        mine = self.kc.kernel_info()
        for receive, last in [
            (self.kc.get_shell_msg, lambda m: True),
            (self.kc.get_iopub_msg, lambda m: m["content"].get("execution_state") == "idle"),
        ]:
            while True:
                msg = receive(timeout=PATIENCE)
                jupyter_kernel_test.validate_message(msg)
                if msg["parent_header"].get("msg_id") == mine and last(msg):
                    break

    def execute_helper(self, code, timeout=PATIENCE, **kwargs):
        return super().execute_helper(code, timeout, **kwargs)

    def history_helper(self, execute_first, timeout=PATIENCE, **kwargs):
        return super().history_helper(execute_first, timeout, **kwargs)

    kernel_name = "joule"
    language_name = "go"
    file_extension = ".go"

    code_hello_world = 'import "fmt"\nfmt.Println("hello, world")'
    code_stderr = 'import (\n\t"fmt"\n\t"os"\n)\nfmt.Fprintln(os.Stderr, "oops")'
    completion_samples = [{"text": "viz.Landsc", "matches": {"Landscape"}}]
    complete_code_samples = [
        "x := 1",
        "1 + 1",
        "func f() int {\n\treturn 1\n}",
        "type T struct{ X int }\n\nfunc (t T) Y() int { return t.X }",
        "for i := 0; i < 3; i++ {\n}",
        "// a comment",
    ]
    incomplete_code_samples = ["func f() int {", "x := []int{1,", "if true {", "s := `two\nlines", "f(1,"]
    invalid_code_samples = ["x := )", "func 1() {}", "if { ]"]
    code_page_something = "viz.Landscape?"
    code_generate_error = 'panic("boom")'
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": '"a" + "b"', "result": '"ab"'},
        {"code": "[]int{1, 2, 3}", "result": "[1 2 3]"},
    ]
    code_display_data = [
        {"code": 'display.Show(display.HTML("<b>bold</b>"))', "mime": "text/html"},
        {"code": 'display.Show(display.Markdown("*m*"))', "mime": "text/markdown"},
    ]
    code_history_pattern = "6 *"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "viz.Landscape"
    code_clear_output = "display.Clear(false)"


class JouleWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "joule"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main()
