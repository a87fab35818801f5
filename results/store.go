package results

import (
	"fmt"
	"path"
	"slices"
)

// Store puts a file that was derived from the raw data into the bundle, in place of an earlier
// one. Seal has to follow the last.
func (b *Bundle) Store(name string, data []byte) error {
	if err := b.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("store %s: %w", name, err)
	}
	return replaceFile(b.root, name, data)
}

// Seal brings the manifest's list of files and hashes up to date.
func (b *Bundle) Seal() error {
	files, err := hashFiles(b.root)
	if err != nil {
		return err
	}
	b.Manifest.Files = files
	return saveManifest(b.root, b.Manifest)
}

// Changed names the files that differ between two lists of the same bundle, or stand in only one
// of them.
func Changed(before, after []File) []string {
	hashes := make(map[string]string, len(before))
	for _, f := range before {
		hashes[f.Path] = f.SHA256
	}
	var out []string
	for _, f := range after {
		if hashes[f.Path] != f.SHA256 {
			out = append(out, f.Path)
		}
		delete(hashes, f.Path)
	}
	for path := range hashes {
		out = append(out, path)
	}
	slices.Sort(out)
	return out
}
