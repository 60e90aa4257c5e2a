package main

import (
	"io"
	"log/slog"
)

// terminalLog writes lines for a person to read: without what is there for
// CloudWatch.
func terminalLog(w io.Writer, word string) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(word)) // config has checked it
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == "metric" {
				return slog.Attr{}
			}
			return a
		},
	}))
}
