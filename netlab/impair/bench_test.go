package impair_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"netlab/netlab/impair"
	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
)

var benchDelays = []time.Duration{0, 200 * time.Microsecond, ms(1), ms(5), ms(50)}

func benchName(d time.Duration) string {
	if d == 0 {
		return "veth"
	}
	return d.String()
}

// BenchmarkDelay sends a datagram a millisecond and reports by how much the one-way delay, from
// the sender's clock to the kernel's stamp at the receiver, exceeds the one asked for. What the
// plain veth takes is not the wire's error.
func BenchmarkDelay(b *testing.B) {
	for _, d := range benchDelays {
		b.Run(benchName(d), func(b *testing.B) { benchmarkDelay(b, d) })
	}
}

// BenchmarkDelayBesideHTTP has clients and servers of some 3,000 requests a second in the same
// process, as a lab has: what they cost is the Go scheduler's part in the wire's error.
func BenchmarkDelayBesideHTTP(b *testing.B) {
	n := kerneltest.Namespace(b)
	var listener net.Listener
	must(b, n.Do(func() (err error) { listener, err = net.Listen("tcp4", "127.0.0.1:80"); return }))
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 128)) })}
	go server.Serve(listener)
	defer server.Close()
	for range 64 {
		var conn net.Conn
		must(b, n.Do(func() (err error) { conn, err = net.Dial("tcp4", "127.0.0.1:80"); return }))
		client := http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return conn,
				nil
		}}}
		go func() {
			for {
				response, err := client.Get("http://10.0.0.1/")
				if err != nil {
					return // the server closed
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
				time.Sleep(20 * time.Millisecond)
			}
		}()
	}
	benchmarkDelay(b, ms(1))
}

func benchmarkDelay(b *testing.B, d time.Duration) {
	l := connect(b, impair.Symmetric(impair.Quality{Delay: d}))
	receiver, sender := listenUDP(b, l.b), dialUDP(b, l.a, l.b)
	raw, err := receiver.SyscallConn()
	must(b, err)
	must(b, raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, 1)
	}))
	must(b, err)
	go func() {
		for range b.N {
			time.Sleep(time.Millisecond)
			sender.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixNano())))
		}
	}()
	buf, oob := make([]byte, 8), make([]byte, 64)
	var excess []int64
	must(b, receiver.SetReadDeadline(time.Now().Add(10*time.Second+time.Duration(b.N)*10*time.Millisecond)))
	for range b.N {
		_, n, _, _, err := receiver.ReadMsgUDP(buf, oob)
		must(b, err)
		messages, err := unix.ParseSocketControlMessage(oob[:n])
		must(b, err)
		t := (*[2]int64)(unsafe.Pointer(&messages[0].Data[0]))
		excess = append(excess, t[0]*1e9+t[1]-int64(binary.BigEndian.Uint64(buf))-int64(d))
	}
	slices.Sort(excess)
	report := func(name string, quantile float64) {
		b.ReportMetric(float64(excess[int(quantile*float64(len(excess)-1))])/1e3, name)
	}
	b.ReportMetric(0, "ns/op") // the pace of sending says nothing
	report("min-µs", 0)
	report("p50-µs", 0.5)
	report("p90-µs", 0.9)
	report("p99-µs", 0.99)
	report("max-µs", 1)
	if l.wire != nil {
		s := stats(b, l.wire)
		b.Logf("%v realtime: %v", s.AB.Lateness, l.engine.Mode().Realtime)
	}
}

// BenchmarkTCP moves 1 MiB over one connection per operation.
func BenchmarkTCP(b *testing.B) {
	for _, d := range []time.Duration{0, ms(1), ms(10)} {
		b.Run(benchName(d), func(b *testing.B) {
			benchmarkTCP(b, connect(b, impair.Symmetric(impair.Quality{Delay: d})))
		})
	}
}

// BenchmarkLossyTCP does the same at 1 % loss, with the sender's NIC cutting packets and with the
// sender doing so itself. A wire that lost whole super-frames would be ten times as fast with the
// first as with the second; on a real link the two are the same.
func BenchmarkLossyTCP(b *testing.B) {
	for _, offload := range []bool{true, false} {
		b.Run(fmt.Sprintf("offload=%v", offload), func(b *testing.B) {
			l := connect(b, impair.Symmetric(impair.Quality{Delay: ms(1), Loss: 0.01}))
			if !offload {
				disableOffload(b, l.a)
			}
			benchmarkTCP(b, l)
		})
	}
}

func benchmarkTCP(b *testing.B, l link) {
	var listener net.Listener
	must(b, l.b.Namespace.Do(func() (err error) { listener, err = net.Listen("tcp4", "10.0.0.2:80"); return }))
	defer listener.Close()
	received := make(chan int64)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			close(received)
			return
		}
		n, _ := io.Copy(io.Discard, conn)
		received <- n
	}()
	// Cubic, as BBR takes little notice of loss.
	dialer := net.Dialer{Control: func(_, _ string, c syscall.RawConn) (err error) {
		c.Control(func(fd uintptr) {
			err = unix.SetsockoptString(int(fd), unix.IPPROTO_TCP, unix.TCP_CONGESTION, "cubic")
		})
		return err
	}}
	var conn net.Conn
	must(b, l.a.Namespace.Do(func() (err error) { conn, err = dialer.Dial("tcp4", "10.0.0.2:80"); return }))
	data := make([]byte, 1<<20)
	b.SetBytes(int64(len(data)))
	b.ResetTimer()
	for range b.N {
		_, err := conn.Write(data)
		must(b, err)
	}
	conn.Close()
	if n := <-received; n != int64(b.N)*int64(len(data)) {
		b.Fatalf("%d bytes arrived", n)
	}
	if l.wire != nil {
		b.Logf("%+v", stats(b, l.wire).AB)
	}
}

// disableOffload makes the NIC's host cut TCP streams into packets before they reach the NIC.
func disableOffload(b *testing.B, nic kernel.NIC) {
	fd, err := nic.Namespace.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	must(b, err)
	defer unix.Close(fd)
	for _, command := range []uint32{unix.ETHTOOL_STSO, unix.ETHTOOL_SGSO} {
		value := struct{ command, on uint32 }{command, 0}
		request := struct {
			name  [unix.IFNAMSIZ]byte
			value unsafe.Pointer
			_     [16]byte
		}{value: unsafe.Pointer(&value)}
		copy(request.name[:], "eth0")
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request))); errno != 0 {
			b.Fatal(errno)
		}
	}
}

// BenchmarkDatagrams floods small datagrams; what the receiver misses is reported, not retried.
func BenchmarkDatagrams(b *testing.B) {
	for _, d := range []time.Duration{0, ms(5)} {
		b.Run(benchName(d), func(b *testing.B) {
			l := connect(b, impair.Symmetric(impair.Quality{Delay: d}))
			listenUDP(b, l.b)
			sender := dialUDP(b, l.a, l.b)
			payload := make([]byte, 18)
			b.ResetTimer()
			for range b.N {
				sender.Write(payload)
			}
			if l.wire != nil {
				s := settle(b, l.wire, func(impair.Stats) bool { return true })
				b.ReportMetric(100*float64(s.AB.Sent)/float64(s.AB.Received), "%delivered")
				b.Logf("%+v", s.AB)
			}
		})
	}
}
