// Package dns is the VPC's resolver, 100.100.2.136 (documented: Terraform DHCP options set), as one
// server in each router namespace of the VPC: an instance's query ends at the router of its own
// zone, which is how the resolver knows the client's zone. All servers of a VPC share one Zone.
//
// It answers for PrivateLink's names and for instances, and refuses everything else: a lab has no
// Internet to ask.
package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	miekg "github.com/miekg/dns"

	"netlab/netlab/kernel"
)

const port = 53

// A Server answers the queries that reach one namespace.
type Server struct {
	zone       *Zone
	clientZone string
	servers    []*miekg.Server
	running    sync.WaitGroup
	errs       []error // of servers, by index
}

// Serve answers on UDP and TCP port 53 of addr, which must be an address of the namespace, for
// clients in the availability zone clientZone. When it returns, queries are answered.
func Serve(n *kernel.Namespace, addr netip.Addr, z *Zone, clientZone string) (*Server, error) {
	s := &Server{zone: z, clientZone: clientZone}
	at := netip.AddrPortFrom(addr, port).String()
	err := n.Do(func() error {
		ctx := context.Background() // listening on a literal address has nothing to wait for
		var lc net.ListenConfig
		packets, err := lc.ListenPacket(ctx, "udp", at)
		if err != nil {
			return err
		}
		streams, err := lc.Listen(ctx, "tcp", at)
		if err != nil {
			packets.Close()
			return err
		}
		s.servers = []*miekg.Server{{PacketConn: packets}, {Listener: streams}}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("serve DNS at %s: %w", at, err)
	}
	s.errs = make([]error, len(s.servers))
	var started sync.WaitGroup
	for i, server := range s.servers {
		started.Add(1)
		server.Handler = s
		server.NotifyStartedFunc = started.Done
		s.running.Go(func() { s.errs[i] = server.ActivateAndServe() })
	}
	started.Wait()
	return s, nil
}

// ServeDNS implements miekg.Handler.
func (s *Server) ServeDNS(w miekg.ResponseWriter, query *miekg.Msg) {
	reply := s.zone.answer(query, s.clientZone)
	size := miekg.MaxMsgSize
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
		size = miekg.MinMsgSize
	}
	if opt := query.IsEdns0(); opt != nil {
		reply.SetEdns0(maxUDP, false)
		if size == miekg.MinMsgSize {
			size = max(size, min(int(opt.UDPSize()), maxUDP))
		}
	}
	reply.Truncate(size)
	w.WriteMsg(reply) // a client that went away has no use for the error
}

// Close stops answering. The error is what ended a server before its time, too.
func (s *Server) Close() error {
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, server.Shutdown())
	}
	s.running.Wait()
	return errors.Join(append(errs, s.errs...)...)
}
