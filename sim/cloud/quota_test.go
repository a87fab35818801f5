package cloud

import (
	"fmt"
	"strings"
	"testing"

	"netlab/scenarios"
)

// crowded is a scenario's cloud with so many of each thing that has a quota.
type crowded struct {
	vswitches, groups, rules, balancers, listeners, servers, acls, entries int
	services, resources, endpoints, zones, endpointGroups, tags            int
}

// one is a cloud with one of everything.
func one() crowded { return crowded{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1} }

func list(n int, item func(i int) string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = item(i)
	}
	return "[" + strings.Join(items, ",\n") + "]"
}

// yaml writes it down. Load balancer 0 stands in zones a and b, so that there is a second
// resource; more of them come with more load balancers.
func (c crowded) yaml() string {
	zone := func(i int) string { return fmt.Sprintf("eu-central-1%c", 'a'+i%26) }
	balancers := max(c.balancers, c.resources, c.zones)
	groups := max(c.groups, c.endpointGroups)
	return `{netlab: 1, name: crowded, run: {duration: 1s}, services: {web: {http: {port: 80}}}, cloud: {region: eu-central-1,
vpcs: [{name: v, cidr_block: 10.0.0.0/8, vswitches: ` + list(max(c.vswitches, 26), func(i int) string {
		return fmt.Sprintf("{name: w%d, zone: %s, cidr_block: 10.%d.0.0/16}", i, zone(i), i)
	}) + `}],
security_groups: ` + list(groups, func(i int) string {
		return fmt.Sprintf("{name: sg%d, vpc: v, rules: %s}", i, list(c.rules, func(j int) string {
			return fmt.Sprintf("{type: ingress, ip_protocol: tcp, port_range: %d/%d}", j+1, j+1)
		}))
	}) + `,
acls: ` + list(c.acls, func(i int) string {
		return fmt.Sprintf("{name: acl%d, entries: %s}", i, list(c.entries, func(j int) string {
			return fmt.Sprintf("{entry: 10.9.%d.%d/32}", j/256, j%256)
		}))
	}) + `,
instances: ` + list(c.servers, func(i int) string {
		return fmt.Sprintf("{name: ecs%d, vswitch: w0, run: [web], security_groups: %s}", i,
			list(c.groups, func(j int) string { return fmt.Sprintf("sg%d", j) }))
	}) + `,
load_balancers: ` + list(balancers, func(i int) string {
		return fmt.Sprintf("{name: clb%d, vswitch: w%d, tags: %s, listeners: %s, servers: %s}", i, i%26,
			list(c.tags, func(j int) string { return fmt.Sprintf("{key: k%d}", j) }),
			list(c.listeners, func(j int) string {
				return fmt.Sprintf("{protocol: tcp, frontend_port: %d, backend_port: 80}", j+1)
			}),
			list(c.servers, func(j int) string { return fmt.Sprintf("{instance: ecs%d}", j) }))
	}) + `,
endpoint_services: ` + list(c.services, func(i int) string {
		return fmt.Sprintf("{name: svc%d, resources: %s}", i, list(max(c.resources, c.zones), func(j int) string {
			return fmt.Sprintf("{load_balancer: clb%d, zone: %s}", j, zone(j))
		}))
	}) + `,
endpoints: ` + list(c.endpoints, func(i int) string {
		return fmt.Sprintf("{name: ep%d, service: svc0, vpc: v, security_groups: %s, zones: %s}", i,
			list(c.endpointGroups, func(j int) string { return fmt.Sprintf("sg%d", j) }),
			list(c.zones, func(j int) string { return fmt.Sprintf("{zone: %s, vswitch: w%d}", zone(j), j) }))
	}) + `}}`
}

// As many as a quota allows are no matter; one more is an error, or a warning where the quota can
// be raised.
func TestQuotas(t *testing.T) {
	type crowd struct {
		raise func(c *crowded, n int)
		path  string // ends so where it is too many
	}
	crowds := map[string]crowd{
		"vSwitches of a VPC":                       {func(c *crowded, n int) { c.vswitches = n }, "vpcs[0]"},
		"security groups of an instance":           {func(c *crowded, n int) { c.groups = n }, "instances[0].security_groups"},
		"rules of a security group":                {func(c *crowded, n int) { c.rules = n }, "security_groups[0].rules"},
		"load balancers of an account":             {func(c *crowded, n int) { c.balancers = n }, "load_balancers"},
		"listeners of a load balancer":             {func(c *crowded, n int) { c.listeners = n }, "listeners"},
		"backends of a server group":               {func(c *crowded, n int) { c.servers = n }, "servers"},
		"access control lists of a region":         {func(c *crowded, n int) { c.acls = n }, "acls"},
		"entries of an access control list":        {func(c *crowded, n int) { c.entries = n }, "entries"},
		"endpoint services of an account":          {func(c *crowded, n int) { c.services = n }, "endpoint_services"},
		"resources that a service is created with": {func(c *crowded, n int) { c.resources = n }, "resources"},
		"endpoints of a VPC":                       {func(c *crowded, n int) { c.endpoints = n }, "vpcs[0]"},
		"zones of an endpoint":                     {func(c *crowded, n int) { c.zones = n }, "zones"},
		"security groups of an endpoint":           {func(c *crowded, n int) { c.endpointGroups = n }, "endpoints[0].security_groups"},
		"tags of a resource":                       {func(c *crowded, n int) { c.tags = n }, "tags"},
	}
	for _, q := range Quotas() {
		t.Run(q.Of, func(t *testing.T) {
			crowd, known := crowds[q.Of]
			if !known {
				t.Fatal("the test does not know this quota")
			}
			complaints := func(n int) scenarios.Diagnostics {
				c := one()
				crowd.raise(&c, n)
				_, _, diags := Load("crowded.yaml", []byte(c.yaml()))
				var about scenarios.Diagnostics
				for _, d := range diags {
					tooMany := strings.Contains(d.Message, "too many") || strings.Contains(d.Message, "quota")
					if tooMany && strings.HasSuffix(d.Path, crowd.path) {
						about = append(about, d)
					} else if d.Severity == scenarios.Error && !tooMany {
						t.Errorf("%d: %s", n, d)
					}
				}
				return about
			}
			if got := complaints(q.Most); len(got) > 0 {
				t.Errorf("%d are too many:\n%s", q.Most, got)
			}
			got := complaints(q.Most + 1)
			if len(got) == 0 {
				t.Fatalf("%d are not too many", q.Most+1)
			}
			if raised := len(got.Errors()) == 0; raised != q.Raised {
				t.Errorf("can be raised: %t, but it says:\n%s", q.Raised, got)
			}
		})
	}
}
