package forward

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/nftables"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// createCollectedSet creates a dynamic set from which the kernel removes dead elements once in
// every interval: google/nftables has no field for that. Until an element is removed it takes up
// a place of the set's size.
func (n *node) createCollectedSet(s *nftables.Set, interval time.Duration) error {
	attributes := netlink.NewAttributeEncoder()
	attributes.ByteOrder = binary.BigEndian
	attributes.String(unix.NFTA_SET_TABLE, s.Table.Name)
	attributes.String(unix.NFTA_SET_NAME, s.Name)
	attributes.Uint32(unix.NFTA_SET_FLAGS, unix.NFT_SET_EVAL|unix.NFT_SET_TIMEOUT)
	attributes.Uint32(unix.NFTA_SET_KEY_TYPE, s.KeyType.GetNFTMagic())
	attributes.Uint32(unix.NFTA_SET_KEY_LEN, s.KeyType.Bytes)
	attributes.Uint32(unix.NFTA_SET_ID, 1)
	attributes.Uint64(unix.NFTA_SET_TIMEOUT, uint64(s.Timeout.Milliseconds()))
	attributes.Uint32(unix.NFTA_SET_GC_INTERVAL, uint32(interval.Milliseconds()))
	attributes.Nested(unix.NFTA_SET_DESC, func(desc *netlink.AttributeEncoder) error {
		desc.ByteOrder = binary.BigEndian
		desc.Uint32(unix.NFTA_SET_DESC_SIZE, s.Size)
		return nil
	})
	set, err := attributes.Encode()
	if err != nil {
		return fmt.Errorf("encode set %s: %w", s.Name, err)
	}

	message := func(kind netlink.HeaderType, flags netlink.HeaderFlags, family byte, resource uint16, data []byte) netlink.Message {
		header := binary.BigEndian.AppendUint16([]byte{family, unix.NFNETLINK_V0}, resource)
		return netlink.Message{Header: netlink.Header{Type: kind, Flags: netlink.Request | flags}, Data: append(header, data...)}
	}
	_, err = n.socket.SendMessages([]netlink.Message{
		message(unix.NFNL_MSG_BATCH_BEGIN, 0, 0, unix.NFNL_SUBSYS_NFTABLES, nil),
		message(unix.NFNL_SUBSYS_NFTABLES<<8|unix.NFT_MSG_NEWSET, netlink.Acknowledge|netlink.Create, unix.NFPROTO_IPV4, 0, set),
		message(unix.NFNL_MSG_BATCH_END, 0, 0, unix.NFNL_SUBSYS_NFTABLES, nil),
	})
	if err == nil {
		_, err = n.socket.Receive()
	}
	if err != nil {
		return fmt.Errorf("create set %s: %w", s.Name, err)
	}
	return nil
}
