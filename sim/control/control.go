// Package control is the whole control plane of a cloud as one pure machine: which backend takes
// the next connection, whether a backend is healthy, which zone serves a load balancer, when a
// connection drains, and how PrivateLink services, endpoints and connections live.
//
// A Machine is driven as a raft core is. Step takes an input (an API call, the result of a health
// probe, the answer to a heartbeat, a cluster that lost its power) at a time and returns the
// actions that follow from it; Next says when Step must be called though nothing comes in. Time
// comes in as a duration since the world's start and never runs backwards, chance comes in as a
// seed. The machine reads no clock, starts no goroutine and opens no socket: a lab drives it with
// real time and real probes and executes its actions on a kernel, a simulation drives the same code
// with virtual time. It is not safe for concurrent use: one goroutine owns it.
//
// Health, Failover, PrivateLink and Slots are its parts; each can be read and tested on its own.
//
// Each rule says how well it is known: documented (with the source), inferred from what is
// documented, or unknown (nothing public says; the value is a knob or netlab's choice).
package control
