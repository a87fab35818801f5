package lab_test

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/lab"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// boundTo binds Frankfurt's listener to a server group.
func boundTo(option, group string) func([]byte) []byte {
	return edit("backend_port: 80, scheduler: wrr}", option+"}", "      servers:  ", group+"\n      servers:  ")
}

func TestPrimarySecondaryGroup(t *testing.T) {
	lab, c, told := build(t, "frankfurt.yaml", boundTo("master_slave_server_group: pair", `      master_slave_server_groups:
        - name: pair
          servers: [{instance: ecs2, port: 80, server_type: Slave}, {instance: ecs3, port: 80, server_type: Master}]`))
	connect(t, lab, c)
	only := func(instance string) *session {
		t.Helper()
		var last *session
		for range 4 {
			s, name := open(t, lab, c, 80)
			if name != instance {
				t.Errorf("%s answered, want %s", name, instance)
			}
			last = s
		}
		return last
	}
	held := only("ecs3")
	must(t, lab.StopServices("ecs3"))
	wantReset(t, held.ended())
	awaitHealth(t, told, "ecs3", "eu-central-1b", "abnormal")
	only("ecs2")
	must(t, lab.StartServices(kerneltest.Context(t), "ecs3"))
	recovered(t, told, "ecs3")
	only("ecs3")
	told.mu.Lock()
	defer told.mu.Unlock()
	for _, e := range told.events {
		if h, ok := e.What.(event.Health); ok && h.Backend == "ecs2" {
			t.Errorf("the secondary was checked: %+v", e)
		}
	}
}

// Servers of a vServer group have ports of their own, and one instance may be in it by several.
// The default group, which has the same instances, is ignored.
func TestVServerGroup(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", boundTo("server_group: ports", `      server_groups:
        - name: ports
          servers: [{instance: ecs2, port: 8081}, {instance: ecs2, port: 8082}, {instance: ecs3, port: 8083, weight: 50}]`))
	for port, instance := range map[uint16]string{8081: "ecs2", 8082: "ecs2", 8083: "ecs3"} {
		l := listen(t, lab, instance, port)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				fmt.Fprintf(conn, "%s:%d", instance, port)
				conn.Close()
			}
		}()
	}
	connect(t, lab, c)
	share := map[string]int{}
	for range 10 {
		s, err := dial(t, lab, "ecs1", frontend(c, 80), answerTime)
		must(t, err)
		s.conn.SetDeadline(time.Now().Add(answerTime))
		name, err := io.ReadAll(s.in)
		must(t, err)
		share[string(name)]++
	}
	if share["ecs2:8081"] != 4 || share["ecs2:8082"] != 4 || share["ecs3:8083"] != 2 {
		t.Errorf("weights 100, 100 and 50 gave %v", share)
	}
}

// Backends come and go under clients that never see it: connections to the one that leaves are
// drained, by removal or by weight 0, and new ones go elsewhere.
func TestDrainFailsNoRequest(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", drainedListener)
	connect(t, lab, c)
	stop := make(chan struct{})
	var clients sync.WaitGroup
	finish := sync.OnceFunc(func() {
		close(stop)
		clients.Wait()
	})
	defer finish()
	requests := make([]int, 4)
	for i := range requests {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				s, err := dial(t, lab, "ecs1", frontend(c, 80), answerTime)
				if err != nil {
					t.Errorf("connect: %v", err)
					return
				}
				for range 20 {
					if _, err := s.ask(answerTime); err != nil {
						t.Errorf("request: %v", err)
						return
					}
					requests[i]++
				}
				s.conn.(*net.TCPConn).SetLinger(0)
				s.conn.Close()
			}
		})
	}
	ecs3 := control.ServerRef{LoadBalancer: "clb-frankfurt", Instance: "ecs3"}
	for range 4 {
		err := call(t, lab, control.RemoveServer{Server: ecs3})
		must(t, err)
		open(t, lab, c, 80)
		must(t, call(t, lab, control.AddServer{Server: ecs3, Weight: 100}))
		awaitServing(t, lab, c, "ecs3")
		err = call(t, lab, control.SetWeight{Server: ecs3, Weight: 0})
		must(t, err)
		open(t, lab, c, 80)
		err = call(t, lab, control.SetWeight{Server: ecs3, Weight: 100})
		must(t, err)
	}
	finish()
	for i, n := range requests {
		if n == 0 {
			t.Errorf("client %d made no request", i)
		}
	}
}

// awaitServing opens sessions until one is served by the instance: its health check has finished.
func awaitServing(t *testing.T, lab *lab.Lab, c *cloud.Cloud, instance string) {
	t.Helper()
	for deadline := time.Now().Add(answerTime); time.Now().Before(deadline); {
		s, name := open(t, lab, c, 80)
		s.conn.Close()
		if name == instance {
			return
		}
	}
	t.Fatalf("%s did not come to serve within %v", instance, answerTime)
}
