package history

import "runtime"

// onLinux says whether the folder for state is that of XDG.
const onLinux = runtime.GOOS == "linux"
