package verb

import "netlab/sim/control"

// An Act is something that a verb does to a world.
type Act interface{ act() }

type (
	// Call makes an API call of the cloud, and waits until it has ended.
	Call struct{ control.Call }

	// Cut takes all links of the hosts down. Cuts add up: a host's links stay down until every cut
	// is mended.
	Cut struct{ Hosts []string }

	// Mend takes a Cut back.
	Mend struct{ Hosts []string }

	// StopServices ends an instance's programs as a crash would: nobody listens on their ports, and
	// open connections are reset.
	StopServices struct{ Instance string }

	// StartServices starts them again; it has ended once they accept connections.
	StartServices struct{ Instance string }

	// Hang swallows every packet from and to an instance; its links stay up.
	Hang struct{ Instance string }

	// Resume takes a Hang back.
	Resume struct{ Instance string }
)

func (Call) act()          {}
func (Cut) act()           {}
func (Mend) act()          {}
func (StopServices) act()  {}
func (StartServices) act() {}
func (Hang) act()          {}
func (Resume) act()        {}
