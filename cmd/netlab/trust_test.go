package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netlab/netlab/kernel/kerneltest"
)

// foreignNginx is an nginx with a certificate that the lab's authority did not sign.
const foreignNginx = `
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
		listen 443 ssl;
		ssl_certificate %[1]s/certificate.pem;
		ssl_certificate_key %[1]s/key.pem;
		add_header X-Netlab-Instance $hostname;
		location / { return 200 "nginx on $hostname\n"; }
	}
}
`

// TestRunTrustsTheLabsAuthorityOnly: a server with another certificate is refused, unless the load says that
// it takes any.
func TestRunTrustsTheLabsAuthorityOnly(t *testing.T) {
	needsSandbox(t)
	if _, err := exec.LookPath("nginx"); err != nil {
		kerneltest.Unavailable(t, "this machine has no nginx")
	}
	t.Parallel()
	dir := publicFolder(t)
	selfSigned(t, dir, "ecs2")
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, foreignNginx, dir), 0o644); err != nil {
		t.Fatal(err)
	}
	service := fmt.Sprintf("  foreign: {exec: [nginx, -c, %s, -e, stderr, -g, daemon off;], ready: {tcp: 443}}\n", conf)
	d, _ := rehearse(t, nil, scenario(t, "frankfurt.yaml", `
load:
  - {name: strict, from: ecs3, target: "https://ecs2/", rate: 50/s, connections: 2}
  - {name: lenient, from: ecs3, target: "https://ecs2/", rate: 50/s, connections: 2, insecure: true}
run: {warm_up: 300ms, duration: 1s}
`, "run: [web]}", "run: [web, foreign]}", "  web: {http", service+"  web: {http"))
	between(t, d, "load.strict.success_ratio", 0, 0)
	between(t, d, "load.strict.errors.protocol", 10, 200)
	answered(t, d, "load.lenient.success_ratio")
	between(t, d, "load.lenient.share.ecs2", 1, 1)
}

// selfSigned writes a key, and a certificate for a name that nobody else signed.
func selfSigned(t *testing.T, dir, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().AddDate(1, 0, 0)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		"certificate.pem": {Type: "CERTIFICATE", Bytes: certificate}, "key.pem": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// What run refuses, validate has warned of.
func TestValidateWarnsOfWhatRunRefuses(t *testing.T) {
	text, err := os.ReadFile("../../scenarios/frankfurt.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cut := strings.Replace(string(text), "fail: {clb_cluster: clb-frankfurt, zone: eu-central-1b}", "partition: [[ecs1], [ecs2]]", 1)
	file := filepath.Join(t.TempDir(), "cut.yaml")
	if err := os.WriteFile(file, []byte(cut), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "validate", file).CombinedOutput()
	for _, want := range []string{"warning: timeline[0].partition", "is valid, but asks for what netlab can't do yet: run refuses it"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("validate does not say %q: %v: %s", want, err, out)
		}
	}
	if out, err := exec.Command(program, "run", file).CombinedOutput(); err == nil || !strings.Contains(string(out), "can't do yet") {
		t.Errorf("run: %v: %s", err, out)
	}
}
