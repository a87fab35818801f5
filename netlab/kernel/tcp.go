package kernel

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// largestPayload is the most bytes of TCP that segmentation offload puts into one packet of IPv4: 64 KiB
// less the room that Linux leaves for headers (MAX_TCP_HEADER, include/net/tcp.h).
const largestPayload = 65535 - 320

// BulkBlock is how many bytes a connected TCP socket should be given at a time in bulk: two packets
// of segmentation offload, each full of whole segments. What is left over would be a packet of its
// own, with a pacing timer of its own where BBR paces: with blocks of 128 KiB over an MSS of 1448 bytes
// these cost a fifth of the throughput of four streams on one core.
func BulkBlock(fd int) (int, error) {
	mss, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_MAXSEG)
	if err != nil || mss <= 0 {
		return 0, fmt.Errorf("read a connection's maximum segment size: %d, %w", mss, err)
	}
	return 2 * max(1, largestPayload/mss) * mss, nil
}
