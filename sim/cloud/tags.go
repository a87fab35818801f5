package cloud

import (
	"fmt"

	"netlab/scenarios"
)

const maxTags = 20 // of one resource (documented: tag limits)

// tags checks the tags of a resource, which have no effect.
func (b *builder) tags(path string, tags []scenarios.Tag) {
	if n := len(tags); n > maxTags {
		b.report(b.errorf(path+".tags", "%d tags are too many", n).Advise("at most %d", maxTags))
	}
	seen := map[string]bool{}
	for i, t := range tags {
		if seen[t.Key] && t.Key != "" {
			b.report(b.errorf(fmt.Sprintf("%s.tags[%d].key", path, i), "tag %s is there twice", t.Key).Advise("keep one"))
		}
		seen[t.Key] = true
	}
}
