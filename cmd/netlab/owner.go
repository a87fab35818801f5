package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"netlab/results"
)

// handOver gives a folder that netlab made under sudo, and all that is in it, to the user who
// asked for it.
func handOver(dir string) error {
	uid, uidErr := strconv.Atoi(os.Getenv("SUDO_UID"))
	gid, gidErr := strconv.Atoi(os.Getenv("SUDO_GID"))
	if os.Geteuid() != 0 || uidErr != nil || gidErr != nil {
		return nil
	}
	return results.Chown(dir, uid, gid)
}

// unmade is the topmost folder on the way to path that has to be made first, or "".
func unmade(path string) string {
	top := ""
	for dir := path; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			return top
		}
		top = dir
	}
}
