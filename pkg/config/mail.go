package config

import (
	"net/url"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// mailFaults are the rules of how mail leaves. That MAIL_FROM is an address in every
// respect is judged by who sends.
func (c Config) mailFaults() Faults {
	var faults Faults
	if c.SignsUp() && !c.SendsMail() {
		faults = append(faults, "SIGN_UP needs mail, for nobody has an account before their address is confirmed: MAIL, docs/mail.md")
	}
	if c.SignUp == "domains" && (len(c.SignUpDomains) == 0 || slices.ContainsFunc(c.SignUpDomains, isNoDomain)) {
		faults = append(faults, "SIGN_UP_DOMAINS must be domains such as example.com, separated by commas, when SIGN_UP is domains")
	}
	if !c.SendsMail() {
		return faults
	}
	local, domain, ok := strings.Cut(c.MailFrom, "@")
	if !ok || local == "" || !strings.Contains(domain, ".") || strings.ContainsFunc(c.MailFrom, notInAddress) {
		faults = append(faults, "MAIL_FROM must be an address such as no-reply@example.com when MAIL is not off")
	}
	if u, err := url.Parse(c.SMTPURL); c.Mail == "smtp" && (err != nil || u.Hostname() == "" || u.Scheme != "smtps" && u.Scheme != "smtp") {
		faults = append(faults, "SMTP_URL must be a URL such as smtps://user@mail.example.com:465 when MAIL is smtp")
	} else if err == nil && u.User != nil {
		if _, given := u.User.Password(); given {
			faults = append(faults, "SMTP_URL holds a password; put it into SMTP_PASSWORD")
		}
	}
	// Who can open the outbox page has every account that asks for a new password.
	if c.Mail == "outbox" && !oauth.LoopbackURI(c.Issuer) {
		faults = append(faults, "MAIL may be outbox only where ISSUER is on localhost: smtp or ses sends mail")
	}
	return faults
}

func notInAddress(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("<>,;:\"()[]\\", r)
}

func isNoDomain(s string) bool {
	return !strings.Contains(s, ".") || strings.ToLower(s) != s || strings.Contains(s, "@") || strings.ContainsFunc(s, notInAddress)
}

// SignsUp reports whether anybody may create an account by themselves.
func (c Config) SignsUp() bool { return c.SignUp != "closed" && c.SignUp != "" }

// SendsMail reports whether links and notices can reach people.
func (c Config) SendsMail() bool { return c.Mail != "off" && c.Mail != "" }
