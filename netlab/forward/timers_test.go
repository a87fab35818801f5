package forward_test

import (
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"netlab/netlab/kernel"
	"netlab/sim/cloud"
)

// remembered is how long a namespace will remember its flows of a protocol without a packet.
func remembered(t *testing.T, host *kernel.Namespace, protocol uint8) []time.Duration {
	t.Helper()
	flows, err := netlink.NewHandleAt(netns.NsHandle(host.FD()), unix.NETLINK_NETFILTER)
	must(t, err)
	defer flows.Close()
	all, err := flows.ConntrackTableList(netlink.ConntrackTable, unix.AF_INET)
	must(t, err)
	var out []time.Duration
	for _, f := range all {
		if f.Forward.Protocol == protocol {
			out = append(out, time.Duration(f.TimeOut)*time.Second)
		}
	}
	return out
}

// counts says that one flow is remembered, and for how long, but for the seconds since its last
// packet.
func counts(got []time.Duration, want time.Duration) bool {
	return len(got) == 1 && got[0] <= want && got[0] >= want-answerTime
}

// The documented timers of silent flows, as the kernel counts them down. (It has shorter ones
// until the last byte is acknowledged.)
func TestSecurityGroupsRememberSessionsAsDocumented(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	c, _ := b.connect()
	must(t, echo(c, answerTime))
	b.await("the session's timer", func() bool {
		return counts(remembered(t, b.eniHost, unix.IPPROTO_TCP), cloud.SessionTimeout)
	})
}

func TestUDPFlowsAreRememberedAsDocumented(t *testing.T) {
	b := openUDPLab(t, unlimited)
	flow := b.flow()
	for range 2 { // a flow that was answered is another state to the kernel
		_, err := query(flow, answerTime)
		must(t, err)
		if got := remembered(t, b.hostB, unix.IPPROTO_UDP); !counts(got, cloud.UDPTimeout) {
			t.Errorf("a UDP flow is remembered for %v, want %v", got, cloud.UDPTimeout)
		}
	}
}
