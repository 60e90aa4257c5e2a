package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxAge returns how much longer an answer is fresh: max-age less Age (RFC 9111
// §4.2.1, §4.2.3), and nothing when it says no-store or no-cache.
func maxAge(header http.Header) time.Duration {
	var seconds int64
	for directive := range strings.SplitSeq(strings.Join(header.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			seconds = deltaSeconds(strings.Trim(value, `"`))
		}
	}
	return time.Duration(max(0, seconds-deltaSeconds(header.Get("Age")))) * time.Second
}

// deltaSeconds reads RFC 9111 §1.2.2, a day at most; anything else is 0.
func deltaSeconds(s string) int64 {
	seconds, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0
	}
	return min(int64(seconds), 24*60*60)
}
