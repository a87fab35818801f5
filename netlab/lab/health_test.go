package lab_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"netlab/netlab/lab"
	"netlab/sim/cloud"
	"netlab/sim/event"
)

// An HTTP check asks for what the listener says, and goes by the answer's status.
func TestHTTPHealthCheck(t *testing.T) {
	lab, c, told := build(t, "frankfurt.yaml", listenerOption("health_check_type: http, health_check_connect_port: 8081, "+
		"health_check_uri: /alive, health_check_domain: www.example.com, health_check_http_code: [http_2xx, http_3xx]"))
	var status atomic.Int64
	status.Store(http.StatusFound)
	requests := make(chan *http.Request, 1)
	for _, instance := range []string{"ecs2", "ecs3"} {
		go http.Serve(listen(t, lab, instance, 8081), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case requests <- r:
			default:
			}
			if instance == "ecs3" {
				w.WriteHeader(int(status.Load()))
			}
		}))
	}
	connect(t, lab, c) // 302 is healthy here
	r := <-requests
	if r.Method != http.MethodGet || r.URL.Path != "/alive" || r.Host != "www.example.com" || r.UserAgent() != "KeepAliveClient" {
		t.Errorf("the check asks %s %s of %s as %s", r.Method, r.URL, r.Host, r.UserAgent())
	}
	status.Store(http.StatusNotFound)
	awaitHealth(t, told, "ecs3", "eu-central-1b", "abnormal")
	for range 4 {
		if _, name := open(t, lab, c, 80); name != "ecs2" {
			t.Errorf("a connection went to %s", name)
		}
	}
	status.Store(http.StatusOK)
	recovered(t, told, "ecs3")
	openOn(t, lab, c, 80, "ecs3")
}

// recovered waits until the primary zone's node finds a backend normal that was abnormal.
func recovered(t *testing.T, told *story, instance string) {
	t.Helper()
	told.await(t, func(e event.Event) bool {
		return health(e, instance, "eu-central-1b", cloud.Normal) && e.What.(event.Health).From == cloud.Abnormal
	})
}

func TestHTTPHealthCheckByHead(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", listenerOption("health_check_type: http, health_check_method: head"))
	connect(t, lab, c) // the built-in server answers HEAD as it should
	openOn(t, lab, c, 80, "ecs3")
}

// overUDP makes the service and its listener UDP ones, with more options of the listener's.
func overUDP(options string) func([]byte) []byte {
	return edit("web: {http: {port: 80, response_size: 128B}}", "web: {udp_echo: {port: 53}}",
		"{protocol: tcp, frontend_port: 80, backend_port: 80, scheduler: wrr}", "{protocol: udp, frontend_port: 53, backend_port: 53"+options+"}",
		"ip_protocol: tcp, port_range: 80/80", "ip_protocol: udp, port_range: 53/53",
		"target: http://ep-vpc1/", "target: udp://ep-vpc1:53", "target: tcp://ep-vpc1:80", "target: udp://ep-vpc1:53",
	)
}

// query sends a datagram from a fresh port of ecs1, which makes it a flow of its own, and wants an
// answer.
func query(t *testing.T, lab *lab.Lab, to netip.AddrPort, patience time.Duration) error {
	t.Helper()
	var conn net.Conn
	inside(t, lab, "ecs1", func() (err error) {
		conn, err = net.Dial("udp4", to.String())
		return err
	})
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write([]byte("ping")); err != nil {
		return err
	}
	answer := make([]byte, 16)
	n, err := conn.Read(answer)
	if err == nil && string(answer[:n]) != "ping" {
		return fmt.Errorf("answer is %q", answer[:n])
	}
	return err
}

// A UDP check takes a port that is closed for dead, by the ICMP message that it gets.
func TestUDPHealthCheck(t *testing.T) {
	for name, options := range map[string]string{
		"silence is health":    "",
		"an answer is awaited": ", health_check_req: ping, health_check_exp: ping",
	} {
		t.Run(name, func(t *testing.T) {
			lab, c, told := build(t, "frankfurt.yaml", overUDP(options+", health_check_interval: 1s, health_check_timeout: 3s"))
			connect(t, lab, c)
			must(t, lab.StopServices("ecs3"))
			awaitHealth(t, told, "ecs3", "eu-central-1b", "abnormal")
			for range 6 {
				must(t, query(t, lab, frontend(c, 53), answerTime))
			}
		})
	}
}

// Where ICMP messages do not come, silence is taken for health (documented: "UDP health checks").
// Linux sends one a second to each address that asks: checks more often than that find a dead
// backend healthy, and its clients are lost.
func TestUDPHealthCheckIsFooledByTooFewICMPMessages(t *testing.T) {
	lab, c, told := build(t, "frankfurt.yaml", overUDP(", health_check_interval: 1s, health_check_timeout: 1s"),
		edit("time_scale: 10", "time_scale: 100", "  region: eu-central-1", "  region: eu-central-1\n  profile: {failover_time: 3600s}"))
	connect(t, lab, c)
	must(t, lab.StopServices("ecs3"))
	awaitHealth(t, told, "ecs3", "eu-central-1b", "abnormal") // while the first few are sent
	recovered(t, told, "ecs3")
	lost := 0
	for range 4 {
		err := query(t, lab, frontend(c, 53), patience)
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
			lost++
		case err != nil:
			wantSilence(t, err)
			lost++
		}
	}
	if lost == 0 {
		t.Error("no client came to the dead backend")
	}
}
