package process

import (
	"bufio"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"netlab/netlab/kernel"
	"netlab/results"
)

// describe notes the machine that the run is made on, as far as it tells.
func describe(m *results.Manifest) {
	m.Host = results.Host{Arch: runtime.GOARCH, CPU: processor(), Cores: runtime.NumCPU(), Root: initialUserNamespace()}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Host.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.Host.Memory = info.Totalram * uint64(info.Unit)
	}
	m.Network.MTU = kernel.MTU
	if cc, err := os.ReadFile("/proc/sys/net/ipv4/tcp_congestion_control"); err == nil {
		m.Network.CongestionControl = strings.TrimSpace(string(cc))
	}
}

func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// initialUserNamespace tells root from rootless: only the first user namespace maps every id.
func initialUserNamespace() bool {
	data, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && strings.Join(strings.Fields(string(data)), " ") == "0 0 4294967295"
}
