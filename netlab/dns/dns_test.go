package dns_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"

	miekg "github.com/miekg/dns"

	"netlab/netlab/dns"
	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
)

const (
	endpoint = "ep-1.epsrv-1.eu-central-1.privatelink.aliyuncs.com"
	zonal    = "ep-1-eu-central-1a.epsrv-1.eu-central-1.privatelink.aliyuncs.com"
)

var (
	resolver = netip.MustParseAddr("100.100.2.136")
	eniA     = netip.MustParseAddr("10.0.1.7")
	eniB     = netip.MustParseAddr("10.0.0.7")
	ecs1     = netip.MustParseAddr("10.0.0.182")
)

// vpc is a client and the router that resolves for it.
func vpc(t *testing.T, z *dns.Zone, clientZone string) (client *kernel.Namespace) {
	t.Helper()
	client, router := kerneltest.Namespace(t), kerneltest.Namespace(t)
	nic, _ := kerneltest.Connect(t, client, 0, "10.0.0.182", router, 0, "10.0.0.254")
	must(t, nic.Route(netip.MustParsePrefix("100.100.2.136/32")))
	must(t, router.AddLoopback(resolver))
	server, err := dns.Serve(router, resolver, z, clientZone)
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	return client
}

func filled() *dns.Zone {
	z := new(dns.Zone)
	z.Set(endpoint, []dns.Record{{Addr: eniB, Zone: "eu-central-1b"}, {Addr: eniA, Zone: "eu-central-1a"}})
	z.Set(zonal, []dns.Record{{Addr: eniA}})
	z.Set("ecs1", []dns.Record{{Addr: ecs1}})
	return z
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestClientsAreSentToTheEndpointInTheirZone(t *testing.T) {
	z := filled()
	for _, c := range []struct {
		clientZone, name string
		want             []netip.Addr
	}{
		{"eu-central-1a", endpoint, []netip.Addr{eniA}},
		{"eu-central-1b", endpoint, []netip.Addr{eniB}},
		{"eu-central-1c", endpoint, []netip.Addr{eniB, eniA}},
		{"", endpoint, []netip.Addr{eniB, eniA}},
		{"eu-central-1b", zonal, []netip.Addr{eniA}},
		{"eu-central-1b", "ECS1.", []netip.Addr{ecs1}},
	} {
		got, err := dns.Lookup(kerneltest.Context(t), vpc(t, z, c.clientZone), resolver, c.name)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s from zone %q: %v, %v; want %v", c.name, c.clientZone, got, err, c.want)
		}
	}
}

func TestNamesComeAndGoWhileServing(t *testing.T) {
	z := new(dns.Zone)
	client := vpc(t, z, "")
	ctx := kerneltest.Context(t)
	isNotFound := func() bool {
		_, err := dns.Lookup(ctx, client, resolver, endpoint)
		var no *net.DNSError
		return errors.As(err, &no) && no.IsNotFound
	}
	if !isNotFound() {
		t.Error("found before Set")
	}
	z.Set(endpoint, []dns.Record{{Addr: eniB}})
	if got, err := dns.Lookup(ctx, client, resolver, endpoint); err != nil || !slices.Equal(got, []netip.Addr{eniB}) {
		t.Errorf("after Set: %v, %v", got, err)
	}
	z.Remove(endpoint)
	if !isNotFound() {
		t.Error("found after Remove")
	}
}

func TestLookupOfWhatIsNotThere(t *testing.T) {
	client := vpc(t, filled(), "")
	_, err := dns.Lookup(kerneltest.Context(t), client, resolver, "www.example.com")
	var refused *net.DNSError
	if !errors.As(err, &refused) || refused.IsNotFound || refused.Err != "answered REFUSED" {
		t.Errorf("a name of the Internet: %v, want refused", err)
	}

	ctx, cancel := context.WithCancel(kerneltest.Context(t))
	cancel()
	if _, err := dns.Lookup(ctx, client, resolver, "ecs1"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// ask sends one query and gives the whole reply.
func ask(t *testing.T, client *kernel.Namespace, network string, query *miekg.Msg) *miekg.Msg {
	t.Helper()
	var conn net.Conn
	must(t, client.Do(func() (err error) { conn, err = net.Dial(network, "100.100.2.136:53"); return }))
	defer conn.Close()
	reply, _, err := new(miekg.Client).ExchangeWithConn(query, &miekg.Conn{Conn: conn})
	must(t, err)
	return reply
}

func TestEveryQueryIsAnswered(t *testing.T) {
	client := vpc(t, filled(), "eu-central-1b")
	query := func(name string, qtype uint16) *miekg.Msg { return new(miekg.Msg).SetQuestion(name, qtype) }
	chaos := query("version.bind.", miekg.TypeTXT)
	chaos.Question[0].Qclass = miekg.ClassCHAOS
	update := query("ecs1.", miekg.TypeSOA)
	update.Opcode = miekg.OpcodeUpdate
	for _, c := range []struct {
		name    string
		query   *miekg.Msg
		rcode   int
		answers int
		soa     string
	}{
		{"an address", query(endpoint+".", miekg.TypeA), miekg.RcodeSuccess, 1, ""},
		{"no IPv6 address", query(endpoint+".", miekg.TypeAAAA), miekg.RcodeSuccess, 0, "privatelink.aliyuncs.com."},
		{"no text", query("ecs1.", miekg.TypeTXT), miekg.RcodeSuccess, 0, "."},
		{"a service's domain above the endpoint's", query("epsrv-1.eu-central-1.privatelink.aliyuncs.com.", miekg.TypeA), miekg.RcodeSuccess, 0,
			"privatelink.aliyuncs.com."},
		{"unknown endpoint", query("ep-2.epsrv-1.eu-central-1.privatelink.aliyuncs.com.", miekg.TypeA), miekg.RcodeNameError, 0,
			"privatelink.aliyuncs.com."},
		{"unknown instance", query("ecs9.", miekg.TypeA), miekg.RcodeNameError, 0, "."},
		{"a name of the Internet", query("www.example.com.", miekg.TypeA), miekg.RcodeRefused, 0, ""},
		{"another class", chaos, miekg.RcodeRefused, 0, ""},
		{"an update", update, miekg.RcodeNotImplemented, 0, ""},
	} {
		for _, network := range []string{"udp", "tcp"} {
			reply := ask(t, client, network, c.query)
			soa := ""
			if len(reply.Ns) > 0 {
				soa = reply.Ns[0].(*miekg.SOA).Hdr.Name
			}
			if reply.Rcode != c.rcode || len(reply.Answer) != c.answers || soa != c.soa {
				t.Errorf("%s over %s: %v", c.name, network, reply)
			}
			for _, rr := range reply.Answer {
				if rr.Header().Ttl != dns.TTL {
					t.Errorf("%s over %s: TTL %d", c.name, network, rr.Header().Ttl)
				}
			}
		}
	}
}

func TestAnswersTooLongForUDPComeOverTCP(t *testing.T) {
	z := new(dns.Zone)
	records := make([]dns.Record, 200)
	want := make([]netip.Addr, len(records))
	for i := range records {
		want[i] = netip.AddrFrom4([4]byte{10, 0, 2, byte(i)})
		records[i].Addr = want[i]
	}
	z.Set("many", records)
	client := vpc(t, z, "")
	if reply := ask(t, client, "udp", new(miekg.Msg).SetQuestion("many.", miekg.TypeA)); !reply.Truncated {
		t.Error("200 addresses came in a UDP answer of 512 bytes")
	}
	if got, err := dns.Lookup(kerneltest.Context(t), client, resolver, "many"); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestServeNeedsItsAddress(t *testing.T) {
	if _, err := dns.Serve(kerneltest.Namespace(t), resolver, new(dns.Zone), ""); err == nil {
		t.Error("served at an address that the namespace does not have")
	}
}
