// Package mail answers "what does the letter look like on the wire?": addresses that
// cannot smuggle anything, and messages of a text and an HTML part whose headers
// nobody but us writes. It opens no connection: that is done in packages smtp and ses,
// each of which is a Send.
package mail

import (
	"context"
	"errors"
)

// Message is a mail to one person. That there is one recipient, who sees no other, is
// what keeps a list of people from ever being sent to one of them.
type Message struct {
	ID string // the same at every attempt, so that a mail that arrives twice is known by its Message-ID
	To Address
	Content
}

// Content is what a mail says.
type Content struct {
	Subject string `json:"subject"`
	Text    string `json:"text"` // for those who read plain text, whole in itself
	HTML    string `json:"html"`
}

// Send hands a message over to whoever takes it to the recipient. It is tried again
// unless the error wraps ErrRefused.
type Send func(context.Context, Message) error

// ErrRefused in the error of a Send says that trying again is of no use.
var ErrRefused = errors.New("mail: refused for good")
