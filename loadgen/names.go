package loadgen

// names gives each answering instance a small number, so that a Sample holds no pointer.
type names struct {
	list  []string
	index map[string]uint16
}

// maxNames bounds what a broken server can make us remember.
const maxNames = 4096

func newNames() *names {
	return &names{list: []string{""}, index: map[string]uint16{"": 0}}
}

// number returns the name's index, 0 when there are too many.
func (n *names) number(name []byte) uint16 {
	if i, ok := n.index[string(name)]; ok { // does not allocate
		return i
	}
	if len(n.list) >= maxNames {
		return 0
	}
	i := uint16(len(n.list))
	n.list = append(n.list, string(name))
	n.index[string(name)] = i
	return i
}
