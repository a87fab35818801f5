package render

import (
	"io"
)

var _ = register(Format{
	Name: "json", Help: "one document, netlab.summary/1, for programs", Order: 3, File: "summary.json", asIs: true,
	Write: func(w io.Writer, r *Report) error {
		document, err := r.Summary.JSON()
		if err != nil {
			return err
		}
		_, err = w.Write(document)
		return err
	},
})
