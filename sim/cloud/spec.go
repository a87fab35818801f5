package cloud

// A Spec is a CLB specification with its documented limits
// (AlibabaCloudDocs/slb, "FAQ about high-performance SLB instances"). When any one limit is hit,
// new connections are dropped.
type Spec struct {
	Name           string // slb.s1.small
	MaxConnections int    // concurrent connections
	CPS            int    // new connections a second
	QPS            int    // requests a second, HTTP listeners only
}

// IntranetBandwidth is what an internal-facing CLB carries, in bits a second, whatever its
// specification (documented: "Instance bandwidth", 5 Gbit/s in all regions).
const IntranetBandwidth = 5_000_000_000

// Specs are the specifications whose limits are documented. slb.s4.large and slb.lcu.elastic
// exist, but no source gives their numbers.
func Specs() []Spec {
	return []Spec{
		{"slb.s1.small", 5_000, 3_000, 1_000},
		{"slb.s2.small", 50_000, 5_000, 5_000},
		{"slb.s2.medium", 100_000, 10_000, 10_000},
		{"slb.s3.small", 200_000, 20_000, 20_000},
		{"slb.s3.medium", 500_000, 50_000, 30_000},
		{"slb.s3.large", 1_000_000, 100_000, 50_000},
		{"slb.s3.xlarge", 2_000_000, 200_000, 100_000},
		{"slb.s3.xxlarge", 5_000_000, 500_000, 100_000},
	}
}
