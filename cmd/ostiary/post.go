package main

import (
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/mail/smtp"
)

// post is how mail leaves a local server.
type post struct {
	send mail.Send  // nil where none is sent
	tray *mail.Tray // nil but for MAIL=outbox
}

func openPost(cfg config.Config) (post, error) {
	if !cfg.SendsMail() {
		return post{}, nil
	}
	from, err := mail.SenderFrom(cfg)
	if err != nil {
		return post{}, err
	}
	switch cfg.Mail {
	case "outbox":
		tray := mail.NewTray()
		return post{tray.Lay, tray}, nil
	case "smtp":
		send, err := smtp.Open(cfg.SMTPURL, cfg.SMTPPassword, from, nil)
		return post{send: send}, err
	default:
		return post{}, config.Faults{"MAIL is " + cfg.Mail + ", which the deliver function alone knows; SES takes mail by SMTP as well: MAIL=smtp"}
	}
}
