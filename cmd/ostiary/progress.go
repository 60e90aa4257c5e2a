package main

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"
)

// progress shows how far a long command has come, every second until the returned
// func is called: on one line of a terminal, else on lines of their own.
func (a *app) progress(how func() string) (stop func()) {
	format := "%s\n"
	if file, ok := a.err.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		format = "\r%s"
	}
	ticker := time.NewTicker(time.Second)
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ticker.C:
				fmt.Fprintf(a.err, format, how())
			case <-end:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(end)
		<-ended
		if format[0] == '\r' {
			fmt.Fprint(a.err, "\r")
		}
	}
}
