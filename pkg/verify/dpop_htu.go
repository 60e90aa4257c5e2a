package verify

import (
	"errors"
	"net/url"
	"strings"
)

// targetURI returns an address as two are compared: without query and fragment, after
// syntax-based and scheme-based normalization (RFC 9449 §4.3, RFC 3986 §6.2.2,
// §6.2.3).
func targetURI(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", err
	}
	scheme, port := strings.ToLower(u.Scheme), u.Port()
	if scheme != "https" && scheme != "http" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return "", errors.New("not the address of a server")
	}
	if scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		port = ""
	}
	host := strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") { // IPv6
		host = "[" + host + "]"
	}
	if port != "" {
		host += ":" + port
	}
	return scheme + "://" + host + normalPath(rawPath(text)), nil
}

// rawPath is the path as it was written, which url.URL may write anew.
func rawPath(text string) string {
	if end := strings.IndexAny(text, "?#"); end >= 0 {
		text = text[:end]
	}
	_, rest, _ := strings.Cut(text, "//")
	slash := strings.IndexByte(rest, '/')
	if slash < 0 {
		return "/"
	}
	return rest[slash:]
}

// normalPath decodes what need not be encoded, encodes what must be, writes the rest
// of the encodings in capitals, and removes dot segments. An encoded slash stays
// what it is: /a%2Fb is not /a/b.
func normalPath(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c, encoded := path[i], false
		if c == '%' && i+2 < len(path) && hex(path[i+1]) >= 0 && hex(path[i+2]) >= 0 {
			c, encoded = byte(hex(path[i+1])<<4|hex(path[i+2])), true
			i += 2
		}
		if !reserved(rune(c)) || !encoded && strings.IndexByte("/!$&'()*+,;=:@", c) >= 0 { // RFC 3986 §3.3, pchar
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + string(capitals[c>>4]) + string(capitals[c&15]))
	}
	return withoutDots(b.String())
}

const capitals = "0123456789ABCDEF"

func hex(c byte) int { return strings.IndexByte(capitals, upper(c)) }

func upper(c byte) byte {
	if 'a' <= c && c <= 'f' {
		return c - 'a' + 'A'
	}
	return c
}

// withoutDots is RFC 3986 §5.2.4 for a path that begins with a slash.
func withoutDots(path string) string {
	var kept []string
	segments := strings.Split(path[1:], "/")
	for i, segment := range segments {
		switch segment {
		case ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, segment)
			continue
		}
		if i == len(segments)-1 { // a dot at the end leaves its slash
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/")
}
