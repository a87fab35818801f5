// Package console reaches a lab that stays up from other commands, through a socket in a
// directory that only the lab's user can enter.
//
// A lab's outer process claims a name with Listen and answers with Gate.Serve; commands call
// Names, Describe, Down and Run. Either side first makes sure that the other one is the same user
// in the same namespaces with the same capabilities. Before that nothing is handed over: no
// descriptor, no command line. Programs are run by the lab's inner process, to which the gate
// hands the caller's connection over (see Serve).
package console

import (
	"errors"
	"regexp"
	"time"
)

// Info says what a lab is.
type Info struct {
	Name     string    `json:"name"`
	Scenario string    `json:"scenario"`
	File     string    `json:"file"`
	Since    time.Time `json:"since"`
	Hosts    []string  `json:"hosts"`
	Building bool      `json:"building,omitempty"` // it isn't up yet
}

// An Exec asks for a program to be run on a host. The caller's standard streams come with it.
type Exec struct {
	Host    string  `json:"host"`
	Command []Bytes `json:"command"`
	Dir     Bytes   `json:"dir"`
}

// Bytes is text that need not be UTF-8, as arguments and file names are.
type Bytes []byte

var (
	// ErrNoLab says that no lab of that name is up.
	ErrNoLab = errors.New("no lab of that name is up")

	// ErrUntrusted says that a directory or a peer is not this user's own.
	ErrUntrusted = errors.New("not trusted")
)

var names = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// ValidName says whether a lab may be called so: a letter and up to 30 letters, digits and
// hyphens, all lower case.
func ValidName(name string) bool { return names.MatchString(name) }
