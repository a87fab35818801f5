package lab_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/lab"
)

// needsProgram skips a test where a program is not installed.
func needsProgram(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		kerneltest.Unavailable(t, "this machine has no "+name)
	}
}

// runOn runs a program on an instance, as a user there would, and gives what it prints.
func runOn(t *testing.T, lab *lab.Lab, instance string, command ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	p, err := lab.Exec(instance, command, "", nil, &out, &errs)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(command, " "), err, &errs)
	}
	return out.String()
}

var answered = regexp.MustCompile(`X-Netlab-Instance: ecs[23]\r\n`)

// curl asks from ecs1, and must be answered by a server of the endpoint's.
func curl(t *testing.T, lab *lab.Lab, host string) {
	t.Helper()
	got := runOn(t, lab, "ecs1", "curl", "--silent", "--show-error", "--fail", "--max-time", "5", "--noproxy", "*",
		"--include", "http://"+host+"/")
	if !answered.MatchString(got) {
		t.Errorf("curl http://%s/ on ecs1 says, without ecs2 or ecs3 in it:\n%s", host, got)
	}
}

func TestCurlReachesTheServiceByEveryNameOfItsEndpoint(t *testing.T) {
	needsProgram(t, "curl")
	lab, c, _ := buildForPrograms(t, "frankfurt.yaml")
	connect(t, lab, c)
	ep := c.Endpoints[0]
	for name, host := range map[string]string{
		"domain":      ep.Domain,
		"zone domain": ep.Zones[0].Domain,
		"ENI address": ep.Zones[0].IP.String(),
	} {
		t.Run(name, func(t *testing.T) { curl(t, lab, host) })
	}
}

// nginxConf runs anywhere and as any user: nginx keeps everything in one folder, and its workers
// stay who they are, since a user namespace may hold no other user.
const nginxConf = `
user root;
worker_processes 1;
pid %[1]s/nginx.pid;
error_log stderr;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	server {
		listen 80;
		add_header X-Netlab-Instance $hostname;
		location / { return 200 "nginx on $hostname\n"; }
	}
}
`

func TestNginxServes(t *testing.T) {
	needsProgram(t, "nginx")
	needsProgram(t, "curl")
	dir := t.TempDir()
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, dir), 0o644); err != nil {
		t.Fatal(err)
	}
	lab, c, told := buildForPrograms(t, "frankfurt.yaml", edit(
		"web: {http: {port: 80, response_size: 128B}}",
		fmt.Sprintf("web: {exec: [nginx, -c, %s, -e, stderr, -g, daemon off;], ready: {tcp: 80}}", conf)))
	connect(t, lab, c)
	curl(t, lab, c.Endpoints[0].Domain)

	share := map[string]int{}
	for range 20 {
		name, err := get(t, lab, c)
		if err != nil {
			t.Fatal(err)
		}
		share[name]++
	}
	if share["ecs2"] != 10 || share["ecs3"] != 10 {
		t.Errorf("equal weights gave %v", share)
	}

	// Stopped, it is as dead as a crash leaves it.
	must(t, lab.StopServices("ecs3"))
	awaitHealth(t, told, "ecs3", "eu-central-1b", "abnormal")
	for range 10 {
		if name, err := get(t, lab, c); err != nil || name != "ecs2" {
			t.Fatalf("answer from %q, %v; want ecs2", name, err)
		}
	}
}

// TestServiceThatLeavesAChildBehind: a program that took itself out of its process group, and holds its
// streams open, keeps no lab from its end.
func TestServiceThatLeavesAChildBehind(t *testing.T) {
	needsProgram(t, "setsid")
	lab, _, _ := build(t, "frankfurt.yaml", edit(
		"web: {http: {port: 80, response_size: 128B}}", `web: {exec: [sh, -c, "setsid sleep 1000 & sleep 1000"]}`))
	must(t, lab.StopServices("ecs3"))
}
