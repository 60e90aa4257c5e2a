package pages

import (
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// Letters are the mails that somebody other than a visitor of a page has sent: an
// administrator, at the command line or by the Admin API. Where they know no language of
// the person's, it is English.
type Letters struct {
	issuer string
	sends  bool // whether any mail leaves
	look   look
}

// OpenLetters returns the letters that cfg describes, in its theme and texts.
func OpenLetters(cfg config.Config) (*Letters, error) {
	look, err := openLook(cfg)
	return &Letters{cfg.Issuer, cfg.SendsMail(), look}, err
}

// Invitation is for who may create an account.
func (l *Letters) Invitation() issue.Letter {
	return l.look.letter(l.issuer, invitationLetter(), issue.AcceptInvitation, "", nil, "")
}

// Reset is for who is to choose another password.
func (l *Letters) Reset() issue.Letter {
	return l.look.letter(l.issuer, resetLetter(), issue.ResetPassword, "", nil, "")
}

// Notices are about what somebody else may have changed. Where MAIL is off there are none.
func (l *Letters) Notices() issue.Notices {
	if !l.sends {
		return issue.Notices{}
	}
	n := issue.Notices{
		Password: l.look.letter(l.issuer, passwordLetter(), "", resetPath, nil, ""),
		Moved:    l.look.letter(l.issuer, movedLetter(), "", "", nil, ""),
		Factors:  map[factor.Change]issue.Letter{},
		Linked:   l.signIn("mail_factor_identity_linked"),
		Unlinked: l.signIn("mail_factor_identity_unlinked"),
	}
	for _, what := range factor.Changes() {
		n.Factors[what] = l.signIn(factorText(what))
	}
	return n
}

// signIn is the letter of a change to how somebody signs in.
func (l *Letters) signIn(text string) issue.Letter {
	return l.look.letter(l.issuer, signInLetter(text), "", accountPath+securityPath, nil, "")
}
