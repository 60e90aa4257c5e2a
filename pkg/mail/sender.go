package mail

import "github.com/ostiary-auth/ostiary/pkg/config"

// SenderFrom is whom the configuration says that mail comes from. The error is
// config.Faults.
func SenderFrom(cfg config.Config) (Sender, error) {
	from, err := ParseAddress(cfg.MailFrom)
	if err != nil || !isLine(cfg.ThemeName) {
		return Sender{}, config.Faults{"MAIL_FROM must be an address such as no-reply@example.com, and THEME_NAME one line of text"}
	}
	return Sender{Name: cfg.ThemeName, Address: from}, nil
}
