package lab_test

import (
	"errors"
	"syscall"
	"testing"

	"netlab/netlab/kernel/kerneltest"
)

// slb.s1.small has 5,000 connections; more than 3,000 a second meet its other limit before.
func TestConnectionsBeyondTheSpecificationAreReset(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", edit("  region: eu-central-1", "  region: eu-central-1\n  profile: {exceed: reset}"))
	connect(t, lab, c)
	for n := range 5001 {
		conn, err := lab.Dial(kerneltest.Context(t), "ecs1", frontend(c, 80))
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err != nil {
			t.Fatalf("connection %d: %v", n, err)
		}
		defer conn.Close()
	}
	t.Error("5,001 connections were opened")
}
