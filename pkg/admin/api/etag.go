package api

import (
	"slices"
	"strings"
)

// entityTag is a record's version as it is told (RFC 9110 §8.8.3). Versions hold letters,
// digits and hyphens alone.
func entityTag(version string) string { return `"` + version + `"` }

// tags reads a list of entity tags. Weak ones are left out: they never match here, where
// what is compared is about to be changed (RFC 9110 §13.1.1).
func tags(lines []string) []string {
	var found []string
	for _, line := range lines {
		for tag := range strings.SplitSeq(line, ",") {
			found = append(found, strings.TrimSpace(tag))
		}
	}
	return found
}

// named reports whether a list of entity tags, or *, names the version.
func named(lines []string, version string) bool {
	list := tags(lines)
	return slices.Contains(list, entityTag(version)) || slices.Contains(list, "*")
}

// precondition returns the version that the record must be at when it is changed, which
// If-Match says (RFC 9110 §13.1.1). Where a change of what somebody else has changed
// meanwhile would be lost, it must be there (RFC 6585 §3); * is for who does not care.
func (a *API) precondition(r route, c *call) (string, error) {
	if r.version == nil {
		return "", nil
	}
	lines := c.Header.Values("If-Match")
	if len(lines) == 0 {
		return "", problem{noPrecondition, "send the ETag that was read as If-Match"}
	}
	if slices.Contains(tags(lines), "*") {
		return "", nil
	}
	version, err := r.version(c)
	if err != nil {
		return "", err
	}
	if !named(lines, version) {
		return "", problem{otherVersion, "read it again, and decide again"}
	}
	return version, nil // which the write compares once more: of all who have seen it one wins
}
