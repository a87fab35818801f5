package kernel

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A limited NIC holds back packets in a token bucket (sch_tbf).
const (
	// A TCP sender hands over up to 64 KiB at once; a smaller bucket would cut that up.
	smallestBucket = 128 << 10
	// bucketTime is what a bucket holds at higher rates, and queueTime what may wait for it.
	bucketTime = 1000 // 1/s
	queueTime  = 40   // 1/s: 25 ms
)

// Limit is also how an endpoint's bandwidth is limited, on both NICs of its ENI (documented: CLB
// services, TrafficControlMode BandwidthLimit, 100 to 10,240 Mbit/s; that directions count apart is
// inferred).
//
// It holds what leaves by the NIC to a rate of IP packets of the usual size: a bucket counts
// the Ethernet header too, so the rate allows for it on each MTU. Packets that do not fit wait
// for up to 25 ms, then are dropped. A second call changes the rate.
func (c NIC) Limit(bitsPerSecond uint64) error {
	const ethernetHeader = 14
	rate := bitsPerSecond / 8 * (MTU + ethernetHeader) / MTU
	bucket := max(smallestBucket, rate/bucketTime)
	qdisc := &netlink.Tbf{
		QdiscAttrs: netlink.QdiscAttrs{
			LinkIndex: c.index(), Handle: netlink.MakeHandle(1, 0), Parent: netlink.HANDLE_ROOT,
		},
		Rate:   rate,
		Buffer: netlink.Xmittime(rate, uint32(bucket)),
		Limit:  uint32(bucket + rate/queueTime),
	}
	err := c.Namespace.routes.QdiscReplace(qdisc)
	if errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("limit %s: the kernel has no token bucket filter (sch_tbf): %w", c.name(), err)
	}
	if err != nil {
		return fmt.Errorf("limit %s to %d bit/s: %w", c.name(), bitsPerSecond, err)
	}
	return nil
}
