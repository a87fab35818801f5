// Package impair gives links the quality that a scenario asks for. The kernel's own veth pair has
// none to choose; an impaired link is two veth pairs whose inner ends meet in a namespace of the
// engine's, where one thread carries every frame across:
//
//	A:ethN = w0 | wire | w1 = ethM:B
//
// Ask Needed whether a link needs a wire at all; a plain link is kernel.CreateLink's. The wire
// is userspace on purpose: many kernels come without netem, and netem loses, corrupts and counts
// whole 64 KiB super-frames where a real link handles packets.
//
// Frames are carried as they are, checksum and segmentation offloads included; VLAN tags are not.
package impair

// A Spec is the quality of a link, which may differ between its two directions.
type Spec struct {
	AB, BA Quality
	// Seed makes the random choices repeatable. Links of the same seed have the same luck.
	Seed uint64
}

// Symmetric is the same quality in both directions.
func Symmetric(q Quality) Spec { return Spec{AB: q, BA: q} }

// Needed says whether a link of that quality needs a wire. Without one it is a plain veth pair,
// which is faster, but keeps its quality for good.
func Needed(s Spec) bool { return s.AB.impairs() || s.BA.impairs() }
