package drill

import (
	"context"
	"fmt"

	"netlab/netlab/lab"
)

// A weightChange gives a backend another weight; 0 drains it of new connections.
type weightChange struct {
	lab    *lab.Lab
	server lab.Server
	weight int
	before int
}

func (c *weightChange) inject(context.Context) (what string, err error) {
	c.before, err = c.lab.SetWeight(c.server, c.weight)
	return fmt.Sprintf("weight of %s on %s: %d → %d", c.server.Instance, c.server.LoadBalancer, c.before, c.weight), err
}

func (c *weightChange) heal(context.Context) error {
	_, err := c.lab.SetWeight(c.server, c.before)
	return err
}
