package magic

func pluginMagics() []Magic {
	return []Magic{{
		Name: "plugin", Usage: "%%plugin NAME\nGo code",
		Doc: "Makes a plugin of what the cell declares: its names enter the session, the value of its variable Default is checked " +
			"and registered as plugins.Energy(NAME), and it is written to the plugins folder, from where every notebook has it.",
		Cell: plugin, Body: true,
	}}
}

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
