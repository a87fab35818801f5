package cloud

import (
	"time"

	"netlab/scenarios"
)

// healthCheck fills in what the file leaves out. Documents disagree about UDP: the console's
// defaults, 10 s and 5 s, are taken, not the Terraform provider's 5 s and 2 s.
func (b *builder) healthCheck(path string, in scenarios.Listener) HealthCheck {
	h := HealthCheck{Type: in.HealthCheckType, Port: in.HealthCheckPort, Interval: in.HealthInterval, Timeout: in.HealthTimeout,
		HealthyThreshold: in.HealthyThreshold, UnhealthyThreshold: in.UnhealthyThreshold, Off: in.HealthCheck == "off",
		Method: in.HealthCheckMethod, Domain: in.HealthCheckDomain, URI: in.HealthCheckURI, Codes: in.HealthCheckHTTPCode,
		Request: in.HealthCheckRequest, Response: in.HealthCheckResponse}
	interval, timeout := 2*time.Second, 5*time.Second
	layer7 := in.Protocol == "http" || in.Protocol == "https"
	switch in.Protocol {
	case "udp":
		interval, timeout = 5*time.Second, 10*time.Second
		b.checkType(path, in.Protocol, &h, "udp")
	case "tcp":
		b.checkType(path, in.Protocol, &h, "tcp", "http")
	case "http", "https":
		b.checkType(path, in.Protocol, &h, "http")
	}
	if h.Interval == 0 {
		h.Interval = interval
	}
	if h.Timeout == 0 {
		h.Timeout = timeout
	}
	if h.Port == 0 {
		h.Port = in.BackendPort
	}
	if h.Off && !layer7 && in.Protocol != "" {
		b.report(b.errorf(path+".health_check", "the health check of %s listeners can't be switched off", in.Protocol).Advise("leave it out"))
	}
	if h.Type == "http" {
		b.httpCheck(path, &h, layer7)
	} else {
		for _, key := range []string{"health_check_method", "health_check_domain", "health_check_uri", "health_check_http_code"} {
			if in.Protocol == "tcp" && b.s.Source.Has(path+"."+key) {
				b.report(b.errorf(path+"."+key, "%s is for HTTP checks, this one is %s", key, h.Type).Advise("add health_check_type: http"))
			}
		}
	}
	return h
}

// checkType sets the type of a check, the first of the allowed ones where none is written.
func (b *builder) checkType(path, protocol string, h *HealthCheck, allowed ...string) {
	if h.Type == "" {
		h.Type = allowed[0]
	}
	for _, a := range allowed {
		if a == h.Type {
			return
		}
	}
	b.report(b.errorf(path+".health_check_type", "%s listeners have no %s checks", protocol, h.Type).Instead(allowed[0]))
	h.Type = allowed[0]
}

// httpCheck fills in an HTTP check's request: HEAD from an HTTP listener, GET from a TCP one
// (documented).
func (b *builder) httpCheck(path string, h *HealthCheck, layer7 bool) {
	if h.Method == "" {
		h.Method = "get"
		if layer7 {
			h.Method = "head"
		}
	}
	if h.URI == "" {
		h.URI = "/"
	}
	if len(h.Codes) == 0 {
		h.Codes = []string{"http_2xx"}
	}
	if h.Domain == "$_ip" {
		h.Domain = "" // the backend's address
	}
	if h.Timeout < h.Interval {
		b.report(b.warn(path, "an HTTP check's timeout of %s counts as %s, its interval", h.Timeout, h.Interval).
			Advise("write health_check_timeout: %s", h.Interval))
		h.Timeout = h.Interval
	}
}
