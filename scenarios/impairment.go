package scenarios

import "time"

// Links says what the wires are like.
type Links struct {
	InterZone Impairment `yaml:"inter_zone"` // between two zones, one way
}

// An Impairment is what a link does to packets, one way.
type Impairment struct {
	Delay  time.Duration `yaml:"delay" range:"0s..10s"`
	Jitter time.Duration `yaml:"jitter" range:"0s..10s"` // standard deviation of the delay, or half its width where it is uniform
	// normal, uniform, pareto, or a file with a table of netem's form; left out: normal
	Distribution string     `yaml:"distribution" as:"distribution"`
	Correlation  float64    `yaml:"correlation" as:"ratio" range:"0%..100%"` // of a packet's delay with the one before
	Loss         float64    `yaml:"loss" as:"ratio" range:"0%..100%"`        // each packet for itself
	BurstLoss    *BurstLoss `yaml:"burst_loss"`                              // in bursts
	Duplicate    float64    `yaml:"duplicate" as:"ratio" range:"0%..100%"`
	Reorder      float64    `yaml:"reorder" as:"ratio" range:"0%..100%"` // sent at once, ahead of those that wait
	Corrupt      float64    `yaml:"corrupt" as:"ratio" range:"0%..100%"` // one bit turned over
	Rate         int64      `yaml:"rate" as:"bandwidth" range:"64kbit/s..100Gbit/s"`
	Queue        int        `yaml:"queue" as:"size" range:"1KiB..1GiB"` // in front of the rate
	MTU          int        `yaml:"mtu" range:"576..9000"`
	Symmetric    bool       `yaml:"symmetric"` // both directions; left out: true under links, else false
}

// BurstLoss is a Gilbert–Elliott channel: a good and a bad state, each of which lasts a random
// time. Times, and not packets, drive it, so that sparse flows see the same bursts as dense ones.
type BurstLoss struct {
	Good     time.Duration `yaml:"good,required" range:"1ms..1h"`                      // mean time in the good state
	Bad      time.Duration `yaml:"bad,required" range:"1ms..1h"`                       // mean time in the bad state
	Loss     float64       `yaml:"loss" as:"ratio" default:"100%" range:"0%..100%"`    // in the bad state
	GoodLoss float64       `yaml:"good_loss" as:"ratio" default:"0%" range:"0%..100%"` // in the good state
}
