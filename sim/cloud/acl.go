package cloud

import "fmt"

const maxACLEntries = 300 // of one list (documented: CLB limits)

// An accessList is what the scenario defines under acls; a listener makes it an
// AccessControlList by saying whether it lets in or keeps out.
type accessList struct{ entries []prefix }

func (b *builder) accessLists() {
	for i, in := range b.s.Cloud.ACLs {
		path := fmt.Sprintf("cloud.acls[%d].entries", i)
		list, _ := b.named[in.Name].what.(*accessList)
		if n := len(in.Entries); n > maxACLEntries {
			b.report(b.errorf(path, "%d entries are too many for one list", n).Advise("at most %d", maxACLEntries))
		}
		seen := map[prefix]bool{}
		for j, e := range in.Entries {
			at := fmt.Sprintf("%s[%d].entry", path, j)
			block := e.Entry.Masked()
			switch {
			case !block.IsValid():
				continue
			case block != e.Entry:
				b.report(b.errorf(at, "%s has host bits set", e.Entry).Instead(block.String()))
			case seen[block]:
				b.report(b.errorf(at, "%s is in the list already", block).Advise("keep one"))
			}
			seen[block] = true
			if list != nil {
				list.entries = append(list.entries, block)
			}
		}
	}
}
