package magic

func pluginMagics() []Magic {
	return []Magic{{
		Name: "plugin", Usage: "%%plugin NAME\nGo code",
		Doc: "Makes a plugin of what the cell declares: its names enter the session, the value of its variable Default is checked " +
			"and registered as plugins.Energy(NAME), and it is written to the plugins folder, from where every notebook has it. " +
			"NAME is a word, such as ring. The plugins folder is joule/plugins below the user's configuration folder " +
			"(~/.config on Linux, ~/Library/Application Support on macOS), or what the environment variable JOULE_PLUGINS names; " +
			"the plugin is NAME/NAME.go in it, which may be edited: a changed file is read again when a cell mentions plugins.",
		Example: ringExample,
		Cell:    plugin, Body: true,
	}}
}

// ringExample is a whole cell, and what may follow it.
const ringExample = `%%plugin ring
// Ring is a circular valley of radius Radius and width Width.
type Ring struct{ Radius, Width float64 }

func (r Ring) Energy(x ebm.Tensor) ebm.Tensor {
	return x.Norm().Sub(r.Radius).Square().Div(2 * r.Width * r.Width)
}

var Default = Ring{Radius: 2, Width: 0.25}

and then, in any notebook:

viz.Landscape(plugins.Energy("ring", plugins.Params{"Radius": 3}))`

func plugin(c *Call) error {
	if err := c.onlyGo(); err != nil {
		return err
	}
	list := words(c.Line.Args)
	if len(list) != 1 {
		return c.usage()
	}
	cell := c.Cell
	cell.Code = c.Parts.Go
	r := c.host.Plugin(c.Ctx, cell, list[0], c.Out)
	c.Result.Value = r.Value
	c.Result.Payload = append(c.Result.Payload, r.Payload...)
	if r.Err != nil {
		return r.Err
	}
	return nil
}
