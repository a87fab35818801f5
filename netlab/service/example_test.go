package service_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/netip"

	"netlab/netlab/service"
)

// A client that trusts the authority takes the server's certificate for each of its names and for its address.
func ExampleHTTPS() {
	authority, err := service.NewAuthority()
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg := service.HTTPConfig{Address: netip.MustParseAddrPort("127.0.0.1:0"), Instance: "ecs2", ResponseSize: 128}
	server, err := service.HTTPS(-1, cfg, authority)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	trust := x509.NewCertPool()
	trust.AppendCertsFromPEM(authority.PEM())
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust}}}
	answer, err := client.Get("https://" + server.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	n, _ := io.Copy(io.Discard, answer.Body)
	fmt.Println(answer.StatusCode, n, answer.Header.Get("X-Netlab-Instance"))
	// Output: 200 128 ecs2
}
