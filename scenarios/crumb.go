package scenarios

import "fmt"

// A crumb is the last step of a path. Paths become strings only where something is wrong.
type crumb struct {
	up    *crumb
	key   string
	named bool // a key, not an index
	index int
}

func (c *crumb) String() string {
	switch {
	case c == nil:
		return ""
	case !c.named:
		return fmt.Sprintf("%s[%d]", c.up, c.index)
	case c.up == nil:
		return c.key
	}
	return c.up.String() + "." + c.key
}
