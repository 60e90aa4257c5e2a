package main

import (
	"fmt"
	"time"
)

// progress shows on one line of a terminal how far a long command has come, every second
// until the returned func is called. To a file or another program it says nothing: they
// get the outcome.
func (a *app) progress(how func() string) (stop func()) {
	if !a.terminal() {
		return func() {}
	}
	const line = "\r\x1b[K" // to the beginning, with what stood there erased
	ticker := time.NewTicker(time.Second)
	fmt.Fprint(a.err, line, how())
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ticker.C:
				fmt.Fprint(a.err, line, how())
			case <-end:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(end)
		<-ended
		fmt.Fprint(a.err, line)
	}
}
