package drill

import (
	"context"
	"errors"

	"netlab/netlab/lab"
)

// An instanceCrash takes an instance's power: its links go down and its programs are gone. After
// the heal they start afresh, and answer packets of old connections with a reset.
type instanceCrash struct {
	lab      *lab.Lab
	instance string
}

func (o *instanceCrash) inject(context.Context) (string, error) {
	return o.instance, errors.Join(o.lab.Cut(o.instance), o.lab.StopServices(o.instance))
}

func (o *instanceCrash) heal(ctx context.Context) error {
	return errors.Join(o.lab.Mend(o.instance), o.lab.StartServices(ctx, o.instance))
}

// An instanceHang freezes an instance: packets go in and none comes out, its links stay up.
type instanceHang struct {
	lab      *lab.Lab
	instance string
	end      func() error
}

func (o *instanceHang) inject(context.Context) (what string, err error) {
	o.end, err = o.lab.Hang(o.instance)
	return o.instance, err
}

func (o *instanceHang) heal(context.Context) error { return o.end() }

// An instanceRefusal ends an instance's programs: its ports refuse connections, the instance
// itself lives.
type instanceRefusal struct {
	lab      *lab.Lab
	instance string
}

func (o *instanceRefusal) inject(context.Context) (string, error) {
	return o.instance, o.lab.StopServices(o.instance)
}

func (o *instanceRefusal) heal(ctx context.Context) error {
	return o.lab.StartServices(ctx, o.instance)
}
