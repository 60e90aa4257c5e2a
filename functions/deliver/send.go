package main

import (
	"github.com/ostiary-auth/ostiary/pkg/awsenv"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/mail/ses"
	"github.com/ostiary-auth/ostiary/pkg/mail/smtp"
)

// sender is what sends mail, nil when none is sent.
func sender(cfg config.Config) (mail.Send, error) {
	if !cfg.SendsMail() {
		return nil, nil
	}
	from, err := mail.SenderFrom(cfg)
	if err != nil {
		return nil, err
	}
	switch cfg.Mail {
	case "smtp":
		return smtp.Open(cfg.SMTPURL, cfg.SMTPPassword, from, nil)
	case "ses":
		account, err := awsenv.Config()
		return ses.Open(account, from), err
	default:
		return nil, config.Faults{"MAIL is " + cfg.Mail + "; a function sends by ses or smtp"}
	}
}
