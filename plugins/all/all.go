// Package all compiles every built-in plugin in: import it for its effect on the registry of package plugins.
package all

import (
	_ "joule/plugins/ring" // ring
)
