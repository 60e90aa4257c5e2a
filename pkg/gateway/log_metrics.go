package gateway

import (
	"bytes"
	"io"
	"strconv"
	"sync"
	"time"
)

// lines is where lines end up, one Write each. What makes CloudWatch count one is put
// before its last brace: given to slog, encoding/json would check and copy it, which
// takes longer than the rest of the line. A value that is logged must not log anything
// itself: its line would wait for this one.
type lines struct {
	out io.Writer

	mu         sync.Mutex // held from before a line is written until it is
	more, line []byte     // memory that is used again
}

func (l *lines) Write(line []byte) (int, error) {
	end := bytes.LastIndexByte(line, '}')
	if len(l.more) == 0 || end < 0 {
		return l.out.Write(line)
	}
	l.line = append(append(append(l.line[:0], line[:end]...), l.more...), "}\n"...)
	if _, err := l.out.Write(l.line); err != nil {
		return 0, err
	}
	return len(line), nil
}

// embedded is the envelope that makes CloudWatch read metrics from a line.
type embedded struct {
	name          string // a word of ours, which needs no escape
	now           time.Time
	byDoor, timed bool
	keys          bool // a line with the state of fetched keys
}

// append writes the envelope, and the count itself, as further members of an object.
func (e embedded) append(b []byte) []byte {
	b = append(b, `,"_aws":{"Timestamp":`...)
	b = strconv.AppendInt(b, e.now.UnixMilli(), 10)
	b = append(b, `,"CloudWatchMetrics":[{"Namespace":"Ostiary","Dimensions":[[`...)
	if e.byDoor {
		b = append(b, `"door","outcome"`...)
	}
	b = append(b, `]],"Metrics":[{"Name":"`...)
	b = append(append(b, e.name...), `","Unit":"Count"}`...)
	if e.timed {
		b = append(b, `,{"Name":"duration_ms","Unit":"Milliseconds"}`...)
	}
	if e.keys {
		b = append(b, `,{"Name":"keys_age_s","Unit":"Seconds"},{"Name":"keys_refreshes","Unit":"Count"}`...)
	}
	b = append(append(b, `]}]},"`...), e.name...)
	return append(b, `":1`...)
}
