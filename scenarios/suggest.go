package scenarios

import "strings"

// Closest is the candidate that was probably meant by a mistyped word, or "" when none is near
// enough. The distance counts insertions, deletions, substitutions and swaps of neighbours.
func Closest(word string, candidates []string) string {
	best, bestAt := "", len(word)/3+2 // up to a third of the word may be wrong, one letter always
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), strings.ToLower(c), bestAt); d < bestAt {
			best, bestAt = c, d
		}
	}
	return best
}

// distance is the optimal string alignment distance of a and b, or limit where it is at least
// that, or b is longer than any word that people mistype.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	var rows [3][64]int
	if len(b) >= len(rows[0]) {
		return limit
	}
	before, last, now := rows[0][:len(b)+1], rows[1][:len(b)+1], rows[2][:len(b)+1]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			substitute := last[j-1]
			if a[i-1] != b[j-1] {
				substitute++
			}
			now[j] = min(substitute, last[j]+1, now[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return min(last[len(b)], limit)
}
