// This file is empty: its presence lets labels.go declare functions that the runtime implements.
