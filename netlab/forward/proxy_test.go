package forward_test

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"netlab/netlab/kernel"
	"netlab/sim/cloud"
)

func proxied() cloud.Listener {
	l := web("wrr")
	l.ProxyProtocolV2 = true
	return l
}

// serveHeader answers with "source>destination" as the PROXY header tells it, then echoes.
func serveHeader(t testing.TB, host *kernel.Namespace, at netip.AddrPort) (peers chan string) {
	t.Helper()
	peers = make(chan string, 16)
	var l net.Listener
	must(t, host.Do(func() (err error) { l, err = net.Listen("tcp4", at.String()); return }))
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				header := make([]byte, 28)
				if _, err := io.ReadFull(c, header); err != nil {
					return
				}
				peers <- c.RemoteAddr().(*net.TCPAddr).IP.String()
				fmt.Fprintf(c, "%-43s", describe(header))
				io.Copy(c, c)
			}()
		}
	}()
	return peers
}

// describe reads a header by the letter of the specification.
func describe(h []byte) string {
	signature := []byte{0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A}
	if !bytes.Equal(h[:12], signature) || h[12] != 0x21 || h[13] != 0x11 || binary.BigEndian.Uint16(h[14:]) != 12 {
		return fmt.Sprintf("bad %x", h[:16])
	}
	address := func(at, port int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(h[at:at+4])), binary.BigEndian.Uint16(h[port:]))
	}
	return address(16, 24).String() + ">" + address(20, 26).String()
}

func TestProxyProtocolHeader(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, proxied())
	at := netip.AddrPortFrom(b.backend2Slot.Addr(), 9000)
	peers := serveHeader(t, b.ecs2, at)
	b.setSlots(at)
	for _, from := range []struct {
		host     *kernel.Namespace
		to, seen string
	}{
		{b.ecs1, b.frontend.String(), b.source.String()},
		{b.ecs4, b.atVIP(), "192.168.24.3"},
	} {
		c, err := dial(from.host, from.to, answerTime)
		must(t, err)
		defer c.Close()
		c.SetDeadline(time.Now().Add(answerTime))
		line := make([]byte, 43)
		_, err = io.ReadFull(c, line)
		must(t, err)
		_, port, _ := net.SplitHostPort(c.LocalAddr().String())
		want := fmt.Sprintf("%s:%s>%s", from.seen, port, b.atVIP())
		if got := string(bytes.TrimSpace(line)); got != want {
			t.Errorf("header tells %s, want %s", got, want)
		}
		if peer := <-peers; peer != "100.64.0.3" {
			t.Errorf("backend sees %s, not the node", peer)
		}
		must(t, echo(c, answerTime))
	}
}

// The servers of the lab know no header: it comes back with the echo, which does no harm here.
func greetProxied(t testing.TB, b *lab) (net.Conn, string) {
	t.Helper()
	c, name := b.connect()
	c.SetDeadline(time.Now().Add(answerTime))
	_, err := io.ReadFull(c, make([]byte, 28))
	must(t, err)
	return c, name
}

func TestProxyCarriesData(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, proxied())
	c, _ := greetProxied(t, b)
	sent := make([]byte, 4<<20)
	rand.Read(sent)
	go func() {
		c.Write(sent)
		c.(*net.TCPConn).CloseWrite()
	}()
	got, err := io.ReadAll(c) // ends when the server has seen the client's end
	must(t, err)
	if !bytes.Equal(got, sent) {
		t.Errorf("sent %d bytes, got %d others back", len(sent), len(got))
	}
}

func TestProxyKeepsTheListenersRules(t *testing.T) {
	l := proxied()
	b := openLab(t, frankfurt, limited(10, 1000000), l)
	answers := map[string]int{}
	open := map[string]net.Conn{}
	for range 10 {
		c, name := greetProxied(t, b)
		answers[name]++
		open[name] = c
	}
	if answers["ecs2"] != 5 || answers["ecs3"] != 5 {
		t.Errorf("wrr: %v", answers)
	}
	_, err := dial(b.ecs1, b.frontend.String(), patience)
	silent(t, err, "connection 11 of 10")
	_, err = dial(b.ecs3, b.atVIP(), patience)
	silent(t, err, "backend to its own VIP")

	// A backend that goes takes its connections along, at both ends, and frees their places.
	b.setSlots(b.backend3Slot)
	n, err := b.clbB.EndConnections(b.listener, b.backend2Slot)
	must(t, err)
	if n != 5 {
		t.Errorf("ended %d connections, want 5", n)
	}
	open["ecs2"].SetDeadline(time.Now().Add(answerTime))
	_, err = open["ecs2"].Read(make([]byte, 1))
	wantReset(t, err, "client")
	must(t, echo(open["ecs3"], answerTime))
	b.await("five places", func() bool { return b.places() == 5 })
	c, name := greetProxied(t, b)
	if name != "ecs3" {
		t.Errorf("answered by %s, which has no slot", name)
	}
	must(t, echo(c, answerTime))

	b.setSlots()
	_, err = dial(b.ecs1, b.frontend.String(), patience)
	silent(t, err, "connection without slots")
	l.ProxyProtocolV2 = false
	must(t, b.clbB.UpdateListener(l))
	b.setSlots(b.backend2Slot)
	plain, _ := b.connect()
	must(t, echo(plain, answerTime))
	must(t, echo(c, answerTime)) // still carried by the proxy
}

func TestProxyPersistence(t *testing.T) {
	l := proxied()
	l.PersistenceTimeout = time.Hour
	b := openLab(t, frankfurt, unlimited, l)
	_, first := greetProxied(t, b)
	for range 4 {
		if _, again := greetProxied(t, b); again != first {
			t.Errorf("first %s, then %s", first, again)
		}
	}
}

func TestProxyEndsIdleConnections(t *testing.T) {
	l := proxied()
	l.EstablishedTimeout = time.Second
	b := openLab(t, frankfurt, unlimited, l)
	c, _ := greetProxied(t, b)
	_, err := c.Read(make([]byte, 1))
	wantReset(t, err, "client of an idle connection")
}

func TestProxyPassesARefusalOn(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, proxied())
	b.setSlots(netip.AddrPortFrom(b.backend2Slot.Addr(), 1))
	c, err := dial(b.ecs1, b.frontend.String(), answerTime)
	if err == nil {
		defer c.Close()
		c.SetDeadline(time.Now().Add(answerTime))
		_, err = c.Read(make([]byte, 1))
	}
	wantReset(t, err, "client of a backend that refuses")
}

func TestProxyProtocolOverUDPIsRefused(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	l := dns
	l.ProxyProtocolV2 = true
	if err := b.clbB.AddListener(l); err == nil {
		t.Error("a UDP listener with PROXY protocol was accepted")
	}
}
