// Package words puts events and figures into plain words, for the terminal, the live view and the
// page alike. It lays nothing out.
package words
