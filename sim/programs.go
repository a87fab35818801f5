package sim

import (
	"netlab/scenarios"
)

// A Program is one that a scenario runs on an instance: somebody else's code, with the files of this machine.
type Program struct {
	Instance string   `json:"instance"`
	Service  string   `json:"service"`
	Command  []string `json:"command"`
	Root     bool     `json:"root"` // the file asks for root
}

// Programs are those of a scenario, in the order in which its instances stand.
func Programs(s *scenarios.Scenario) []Program {
	services := map[string]*scenarios.ExecService{}
	for _, service := range s.Services {
		services[service.Name] = service.Exec
	}
	var all []Program
	for _, in := range s.Cloud.Instances {
		for _, name := range in.Run {
			if exec := services[name]; exec != nil {
				all = append(all, Program{Instance: in.Name, Service: name, Command: exec.Command, Root: exec.Root()})
			}
		}
	}
	return all
}
