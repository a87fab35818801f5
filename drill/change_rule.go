package drill

import (
	"context"
	"fmt"

	"netlab/netlab/lab"
	"netlab/sim/cloud"
)

// A revocation takes a rule out of a security group. Open connections stay: groups are stateful.
type revocation struct {
	lab   *lab.Lab
	group string
	rule  cloud.SecurityGroupRule
}

func (r *revocation) inject(context.Context) (string, error) {
	return fmt.Sprintf("a rule of %s revoked", r.group), r.lab.Revoke(r.group, r.rule)
}

func (r *revocation) heal(context.Context) error { return r.lab.Authorize(r.group, r.rule) }

// An authorization puts a rule into a security group.
type authorization struct {
	lab   *lab.Lab
	group string
	rule  cloud.SecurityGroupRule
}

func (a *authorization) inject(context.Context) (string, error) {
	return fmt.Sprintf("a rule of %s authorized", a.group), a.lab.Authorize(a.group, a.rule)
}

func (a *authorization) heal(context.Context) error { return a.lab.Revoke(a.group, a.rule) }
