package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/mail"
)

// letter is what a mail's template sees. What it says is ours alone: a name or a text
// that a stranger chose would make us the postman of their advertisements.
type letter struct {
	Lang, Dir        string
	Theme            theme
	Accent, OnAccent template.CSS
	Subject          string
	Paragraphs       []string // before the button
	Link, Button     string   // "" for none
	Closing          []string // after it
}

// kind is which texts of the catalogue a letter is made of.
type kind struct{ subject, text, button, closing string }

// The letters: choose another password; it was changed; is this your address; create an
// account; you have one; another address is from now on.
func resetLetter() kind {
	return kind{"mail_reset_subject", "mail_reset_text", "mail_reset_button", "mail_reset_else"}
}

func passwordLetter() kind {
	return kind{"mail_password_subject", "mail_password_text", "mail_password_button", "mail_password_else"}
}

func confirmLetter() kind {
	return kind{"mail_confirm_subject", "mail_confirm_text", "mail_confirm_button", "mail_confirm_else"}
}

func signUpLetter() kind {
	return kind{"mail_signup_subject", "mail_signup_text", "mail_signup_button", "mail_signup_else"}
}

func takenLetter() kind {
	return kind{"mail_taken_subject", "mail_taken_text", "mail_taken_button", "mail_taken_else"}
}

func invitationLetter() kind {
	return kind{"mail_invitation_subject", "mail_invitation_text", "mail_invitation_button", "mail_invitation_else"}
}

func deletedLetter() kind {
	return kind{subject: "mail_deleted_subject", text: "mail_deleted_text", closing: "mail_deleted_else"}
}

func movedLetter() kind {
	return kind{subject: "mail_moved_subject", text: "mail_moved_text", closing: "mail_moved_else"}
}

// signInLetter is of a change to how somebody signs in, told by the text.
func signInLetter(text string) kind {
	return kind{"mail_factor_subject", text, "mail_factor_button", "mail_factor_else"}
}

// factorText tells which factor has come or gone.
func factorText(what factor.Change) string {
	return map[factor.Change]string{
		factor.PasskeyAdded:   "mail_factor_passkey_added",
		factor.PasskeyRemoved: "mail_factor_passkey_removed",
		factor.AppAdded:       "mail_factor_app_added",
		factor.AppRemoved:     "mail_factor_app_removed",
		factor.CodesMade:      "mail_factor_codes_made",
		factor.CodesRemoved:   "mail_factor_codes_removed",
		factor.AllRemoved:     "mail_factor_all_removed",
	}[what]
}

// letter writes a mail of a kind. Its link leads to the purpose's page, and is good as
// long as that; where there is no purpose it leads nowhere, or to the page after.
func (p *Pages) letter(v *visit, about kind, purpose issue.Purpose, after string) issue.Letter {
	return p.look.letter(p.cfg.Issuer, about, purpose, after, v.locales, v.Header.Get("Accept-Language"))
}

// letter is the same for who wishes for these languages.
func (l look) letter(issuer string, about kind, purpose issue.Purpose, after string, wishes []string, accept string) issue.Letter {
	return func(link, locale string) (mail.Content, error) {
		wanted := wishes
		if locale != "" {
			wanted = []string{locale}
		}
		words := l.words.choose(wanted, accept)
		text := func(key string) string {
			return words.text(key, "name", l.theme.Name, "minutes", strconv.Itoa(purpose.Minutes()), "days", strconv.Itoa(purpose.Days()))
		}
		written := letter{
			Lang: words.tag.String(), Dir: words.dir(), Theme: l.theme, Accent: template.CSS(l.theme.accent.String()),
			OnAccent: template.CSS(l.theme.accent.text().String()), Subject: text(about.subject),
			Paragraphs: []string{text(about.text)}, Link: link, Closing: []string{text(about.closing)},
		}
		if link == "" && after != "" {
			written.Link = issuer + after
		}
		if written.Link != "" {
			written.Button = text(about.button)
		}
		if link != "" {
			life := "mail_link_life"
			if purpose.Days() > 0 {
				life = "mail_invitation_life"
			}
			written.Closing = append([]string{text(life)}, written.Closing...)
		}
		return l.write(written)
	}
}

// write makes both parts of a mail, the plain one whole in itself.
func (l look) write(about letter) (mail.Content, error) {
	var html bytes.Buffer
	if err := l.mail.ExecuteTemplate(&html, "mail.html", about); err != nil {
		return mail.Content{}, fmt.Errorf("mail: %w", err)
	}
	paragraphs := about.Paragraphs
	if about.Link != "" {
		paragraphs = append(paragraphs, about.Button+":\n"+about.Link)
	}
	paragraphs = append(paragraphs, about.Closing...)
	text := strings.Join(append(paragraphs, "-- \n"+about.Theme.Name), "\n\n") + "\n"
	return mail.Content{Subject: about.Subject, Text: text, HTML: html.String()}, nil
}
