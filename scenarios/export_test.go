package scenarios

// OfForm says that the file has the wrong form there, as the schema says, too.
func (d Diagnostic) OfForm() bool { return d.form }
