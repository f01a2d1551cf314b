package kerneltest

// A Requirement is one sentence of the messaging protocol and the tests that keep it.
type Requirement struct {
	ID       string // the number, which tests have in their names, or the section or proposal that it comes from
	Sentence string
	Tests    []string // as folder.Test or folder.Test/subtest, with the folder below kernel; "kernel" for that itself
}

// Requirements is the table of everything that the protocol wants of a kernel (version 5.5 with the handshake of 5.6, and the
// proposals JEP 65, 66, 80, 91 and 92). The numbers 1 to 24 are the points that kernels commonly get wrong. A test in this package
// sees to it that each test is there, and that the table stands in the package's doc as it is here.
func Requirements() []Requirement {
	return []Requirement{
		{"1", "busy comes first, then all output, then idle, for every request, comm messages included", t(
			"kernel.TestProtocol01BusyAndIdle",
		)},
		{"2", "the status starting is published once, after the first welcome", t(
			"kernel.TestProtocol02Starting",
		)},
		{"3", "the parent header is a faithful copy, with keys that nobody knows, and {} if there is none", t(
			"kernel.TestProtocol03ParentHeader",
		)},
		{"4", "the session is the kernel's own and new after a restart; ids are unique; dates have a zone", t(
			"kernel.TestProtocol04Header", "wire.TestAuthor",
		)},
		{"5", "what was received is verified, in constant time, buffers excluded; unsigned, wrong and replayed messages are dropped", t(
			"zmq.TestProtocol05WireFaults", "zmq.TestProtocol05Replay", "wire.TestSignature", "wire.TestFaults",
			"wire.TestBuffersAreNotSigned",
		)},
		{"6", "any number of identities before the delimiter, five frames after it; on IOPub one topic and no identity", t(
			"kernel.TestProtocol06Identities", "wire.TestFaults",
		)},
		{"7", "a request is answered on the channel that it came on", t(
			"kernel.TestProtocol07SameChannel",
		)},
		{"8", "control never waits for shell, is served in order within itself, and knows kernel_info (JEP 80)", t(
			"kernel.TestProtocol08Control", "zmq.TestControlWhileBusy",
		)},
		{"9", "stop_on_error aborts the execute requests that wait on the same shell, with replies that have no count, and nothing else", t(
			"kernel.TestProtocol09StopOnError", "kernel.TestProtocol09StopOnErrorInFlight",
			"kernel.TestSubshellStopOnError",
		)},
		{"10", "the count rises when history is stored and is in the execute_reply of every cell that ran; silent cells publish statuses only", t(
			"kernel.TestProtocol10Counter", "kernel.TestProtocol10Defaults",
		)},
		{"11", "a question goes to who asked for the cell, if it allows that; stale answers are not taken; an interrupt ends it; 0x04 is the end of input", t(
			"kernel.TestProtocol11Input", "kernel.TestDialogues/input", "kernel.TestDialogues/interrupt_input",
		)},
		{"12", "an interrupt while nothing runs is harmless; one ends the cell and keeps the state, by message and by signal", t(
			"kernel.TestProtocol12Interrupt", "kernel.TestSignal", "cli.TestInterruptSignal",
		)},
		{"13", "shutdown ends what runs, replies, tells everybody on IOPub, delivers what is queued and exits, on a restart too", t(
			"kernel.TestProtocol13Shutdown", "zmq.TestShutdownDelivers", "cli.TestEnd",
		)},
		{"14", "each subscription is welcomed first, under its topic, without a parent (JEP 65)", t(
			"kernel.TestProtocol14Welcome", "zmq.TestProtocol14Welcome", "cli.TestJupyterKernelTest",
		)},
		{"15", "the heartbeat echoes frames to any number of clients, whatever else goes on", t(
			"zmq.TestProtocol15Heartbeat",
		)},
		{"16", "cursors count code points", t(
			"kernel.TestProtocol16CodePoints", "wire.TestCursor",
		)},
		{"17", "a comm whose target nobody knows is closed; comm handlers have a parent, busy and idle", t(
			"kernel.TestProtocol17UnknownComm", "kernel.TestComms",
		)},
		{"18", "JSON travels as JSON, pictures in base64; an update needs transient.display_id", t(
			"kernel.TestProtocol18UpdateNeedsID", "kernel.TestDialogues/displays", "wire.TestBundle",
		)},
		{"19", "indent only with incomplete; a traceback is a list, never null", t(
			"kernel.TestProtocol19Traceback", "kernel.TestDialogues/is_complete",
		)},
		{"20", "an unknown type gets busy and idle and no reply; unknown fields are accepted", t(
			"kernel.TestProtocol20Unknown", "kernel.TestDialogues/unknown",
		)},
		{"21", "an unknown subshell is an error; each has its own count, history and questions; interrupt and shutdown are the kernel's (JEP 91)", t(
			"kernel.TestProtocol21UnknownSubshell", "kernel.TestSubshellCounts", "kernel.TestSubshellHistory",
			"kernel.TestSubshellInput", "kernel.TestSubshellInterrupt", "kernel.TestSubshellShutdown",
		)},
		{"22", "the handshake is one signed frame with the kernel's own ports; unacknowledged, the kernel ends; connection files work too (JEP 66)", t(
			"zmq.TestRegister", "zmq.TestRegisterRefused", "zmq.TestWriteConnection", "cli.TestRegistrationFile",
			"zmq.TestConnectionFile",
		)},
		{"23", "CurveZMQ is declared in the kernelspec and works: keys in the connection file encrypt all five sockets, and who does not know them stays out", t(
			"zmq.TestProtocol23Encrypted", "zmq.TestNothingIsReadable", "zmq.TestLibzmqEncrypted", "zmq.TestJupyterClientEncrypted",
			"zmq.TestClientOnLibzmq", "zmq.TestHostileEncrypted", "zmq.TestParseConnection", "cli.TestEncrypted",
		)},
		{"24", "what a goroutine prints after its cell has ended belongs to the cell that started it", t(
			"kernel.TestProtocol24LateOutput",
		)},

		{"execute", "silent, store_history, user_expressions, allow_stdin and stop_on_error, with the protocol's defaults", t(
			"kernel.TestDialogues/execute", "kernel.TestDialogues/user_expressions", "kernel.TestDialogues/counter",
			"kernel.TestProtocol10Defaults",
		)},
		{"execute", "the payloads page and set_next_input", t(
			"kernel.TestDialogues/page", "worker.TestMagics", "worker.TestLoadAndSave", "cli.TestJupyterKernelTest",
		)},
		{"execute", "cells that wait are run in order, one at a time", t(
			"kernel.TestServeManyCells", "kernel.TestSubshellOrder",
		)},
		{"inspect", "both levels of detail", t(
			"kernel.TestDialogues/completion",
		)},
		{"complete", "matches with their types, and the range that they replace", t(
			"kernel.TestDialogues/completion",
		)},
		{"is_complete", "complete, incomplete with indent, invalid", t(
			"kernel.TestDialogues/is_complete",
		)},
		{"history", "tail, range and search, with output, unique and n", t(
			"kernel.TestDialogues/history", "history.TestStores",
		)},
		{"history", "is kept from kernel to kernel, shared between them safely, and never breaks a cell", t(
			"history.TestReopened", "history.TestShared", "history.TestCorrupt", "history.TestDiskFull",
			"history.TestUnwritable", "cli.TestHistoryIsShared",
		)},
		{"connect", "the five ports", t(
			"kernel.TestProtocol07SameChannel",
		)},
		{"kernel_info", "status, versions, language_info without empty fields, and supported_features that work (JEP 92)", t(
			"kernel.TestDialogues/kernel_info", "kernel.TestSubshellFeature",
		)},
		{"comm", "open, msg, close and info from either side, with metadata and buffers", t(
			"kernel.TestComms", "kernel.TestCommsOfCells", "kernel.TestDialogues/comms",
		)},
		{"subshells", "are created, listed and deleted on control (JEP 91)", t(
			"kernel.TestSubshellLists", "kernel.TestSubshellDelete", "kernel.TestSubshellLimit",
			"kernel.TestDialogues/subshells",
		)},
		{"subshells", "serve cells, comms and other requests while another shell is busy", t(
			"kernel.TestSubshellBesideBusyShell", "cli.TestSubshells",
		)},
		{"usage", "processor and memory of the kernel's processes under ipykernel's names", t(
			"kernel.TestUsage", "usage.TestMeasure", "cli.TestSubshells",
		)},
		{"debug", "is refused by a failed response of the debugger's own protocol", t(
			"kernel.TestDebugIsRefused",
		)},
		{"interrupt", "of every shell", t(
			"kernel.TestSubshellInterrupt",
		)},
		{"stream", "text is collected, kept in order with displays, cut at characters, and bounded", t(
			"kernel.TestPublisherOrder", "kernel.TestPublisherWaits", "kernel.TestPublisherBound",
			"kernel.TestPublisherCharacters", "zmq.TestFloodIsFewMessages",
		)},
		{"display", "display_data, update_display_data, clear_output and execute_result", t(
			"kernel.TestDialogues/displays", "kernel.TestPublisherUpdates",
		)},
		{"error", "in the reply and on IOPub; a panic of the engine is one too", t(
			"kernel.TestDialogues/errors", "kernel.TestServePanics",
		)},
		{"input", "questions, passwords, the end of input", t(
			"kernel.TestDialogues/input", "zmq.TestClientInput",
		)},
		{"wire", "every content is written and read as the protocol's page says", t(
			"wire.TestContents", "wire.TestTableIsComplete", "wire.TestRoundTrip",
		)},
		{"transport", "tcp and ipc", t(
			"zmq.TestIPC", "cli.TestIPC", "zmq.TestClientAndServer",
		)},
		{"transport", "hostile, silent, slow and dead peers hurt nobody else", t(
			"zmq.TestHostilePeers", "zmq.TestSlowHandshake", "zmq.TestManyConnections", "zmq.TestAnnouncedFrames",
			"zmq.TestFrozenSubscriber", "zmq.TestSlowSubscriber", "zmq.TestDeadSubscriber", "zmq.TestKilledMidReply",
			"zmq.TestOneIdentity", "zmq.TestSubscriptionFlood", "zmq.TestByteByByte", "zmq.TestIdentities", "zmq.TestOddMessages",
			"zmq.TestUnasked", "zmq.TestShutdownInAFlood",
		)},
		{"transport", "what is queued is delivered before the kernel ends", t(
			"zmq.TestLinger", "zmq.TestLingerEnds",
		)},
		{"process", "the kernel ends when the process that started it is gone, and on SIGTERM", t(
			"cli.TestParentGone", "cli.TestEnd",
		)},
		{"process", "nothing grows with the number of cells, and a dead worker is replaced", t(
			"cli.TestSoak",
		)},
		{"clients", "jupyter_kernel_test, jupyter_client, jupyter console, nbclient, papermill, nbconvert and libzmq itself are served", t(
			"cli.TestJupyterKernelTest", "cli.TestJupyterClient", "cli.TestExecutors", "cli.TestExport",
			"zmq.TestLibzmq", "zmq.TestJupyterClient", "cli.TestConsole",
		)},
	}
}

func t(tests ...string) []string { return tests }
