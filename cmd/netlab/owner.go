package main

import (
	"os"
	"strconv"

	"netlab/results"
)

// handOver gives what netlab made in a folder under sudo, a bundle among it, to the user who asked for it.
func handOver(folder *results.Folder, bundle string) error {
	uid, gid, ok := sudoer()
	if !ok {
		return nil
	}
	return folder.HandOver(bundle, uid, gid)
}

// sudoer is the user who called sudo, if root runs this for one.
func sudoer() (uid, gid int, ok bool) {
	uid, uidErr := strconv.Atoi(os.Getenv("SUDO_UID"))
	gid, gidErr := strconv.Atoi(os.Getenv("SUDO_GID"))
	return uid, gid, os.Geteuid() == 0 && uidErr == nil && gidErr == nil
}
