package display

import "joule/kernel/cell"

// Input asks the person for a line and returns it without its end. It fails where nobody can be asked, as in a notebook that
// runs headless, and when the cell is interrupted.
func Input(prompt string) (string, error) { return cell.Input(prompt) }

// Password asks the person for a line that is not shown while it is typed.
func Password(prompt string) (string, error) { return cell.Password(prompt) }
