package dns

import (
	"cmp"
	"net/netip"

	miekg "github.com/miekg/dns"
)

// TTL is how long, in seconds, a client may keep an answer, be it yes or no (unknown: the documents
// give none for PrivateLink's names; a minute is usual for names whose addresses may move).
const TTL = 60

// privateLink is the domain of all endpoint and endpoint service names (documented: PrivateLink
// API, EndpointDomain). Besides them a VPC knows its instances, by names of a single label.
const privateLink = "privatelink.aliyuncs.com."

// maxUDP is what the resolver sends over UDP at most: as much as fits a packet of the usual MTU.
const maxUDP = 1232

// apex is the domain of ours that a name is in, whose SOA goes with negative answers, or "".
func apex(name string) string {
	switch {
	case miekg.IsSubDomain(privateLink, name):
		return privateLink
	case miekg.CountLabel(name) == 1:
		return "."
	}
	return ""
}

// answer makes the reply to a query from a client in clientZone.
func (z *Zone) answer(query *miekg.Msg, clientZone string) *miekg.Msg {
	reply := new(miekg.Msg).SetReply(query)
	reply.RecursionAvailable = true // it is the VPC's resolver, not an authority
	question := query.Question[0]
	name := miekg.CanonicalName(question.Name)
	addrs, exists := z.lookup(name, clientZone)
	domain := apex(name)
	if question.Qclass != miekg.ClassINET || !exists && domain == "" {
		// A VPC's resolver would ask the Internet; a lab has none, and says so.
		reply.Rcode = miekg.RcodeRefused
		return reply
	}
	if !exists {
		reply.Rcode = miekg.RcodeNameError
	}
	for _, a := range addrs {
		if rr := record(question, a); rr != nil {
			reply.Answer = append(reply.Answer, rr)
		}
	}
	if len(reply.Answer) == 0 {
		reply.Ns = []miekg.RR{soa(cmp.Or(domain, "."))}
	}
	return reply
}

// record is the answer that a holds for the question, or nil.
func record(q miekg.Question, a netip.Addr) miekg.RR {
	header := miekg.RR_Header{Name: q.Name, Class: miekg.ClassINET, Ttl: TTL}
	switch {
	case a.Is4() && q.Qtype == miekg.TypeA:
		header.Rrtype = miekg.TypeA
		return &miekg.A{Hdr: header, A: a.AsSlice()}
	case a.Is6() && q.Qtype == miekg.TypeAAAA:
		header.Rrtype = miekg.TypeAAAA
		return &miekg.AAAA{Hdr: header, AAAA: a.AsSlice()}
	}
	return nil
}

// soa lets clients keep the negative answer (RFC 2308).
func soa(domain string) miekg.RR {
	return &miekg.SOA{
		Hdr: miekg.RR_Header{Name: domain, Rrtype: miekg.TypeSOA, Class: miekg.ClassINET, Ttl: TTL},
		Ns:  "ns.netlab.invalid.", Mbox: "hostmaster.netlab.invalid.",
		Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, Minttl: TTL,
	}
}
