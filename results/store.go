package results

import (
	"fmt"
	"os"
	"path/filepath"
)

// Store puts a file that was derived from the raw data into the bundle, in place of an earlier
// one. Seal has to follow the last.
func (b *Bundle) Store(name string, data []byte) error {
	path := filepath.Join(b.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("store %s: %w", name, err)
	}
	return replaceFile(path, data)
}

// Seal brings the manifest's list of files and hashes up to date.
func (b *Bundle) Seal() error {
	files, err := hashFiles(b.Dir)
	if err != nil {
		return err
	}
	b.Manifest.Files = files
	return saveManifest(b.Dir, b.Manifest)
}
