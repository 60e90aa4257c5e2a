package pages

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// showData offers a person all that lies with them.
func (p *Pages) showData(w http.ResponseWriter, v *visit, me owner) error {
	return p.renderAccount(w, v, me, "", nil)
}

// downloadData hands it over, as a file. It is a form's answer, so that no link makes
// anybody's browser put their data into its folder of downloads.
func (p *Pages) downloadData(w http.ResponseWriter, v *visit, me owner) error {
	data, err := p.issuer.PersonalData(v.Context(), me.UserID)
	if err != nil {
		return err
	}
	document, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Disposition", `attachment; filename="account.json"`)
	header.Set("Content-Security-Policy", policy{}.header(""))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(document) // the visitor has gone away; there is nobody to tell
	return nil
}

// showDelete asks whether the person would like to leave.
func (p *Pages) showDelete(w http.ResponseWriter, v *visit, me owner) error {
	return p.renderAccount(w, v, me, "", nil)
}

// deleteAccount deletes the account of who has typed its username, so that it is no slip,
// and signs it out of this browser.
func (p *Pages) deleteAccount(w http.ResponseWriter, v *visit, me owner) error {
	typed, err := identity.Username(strings.TrimSpace(v.params.Get("username")))
	if err != nil || typed != me.User.Username {
		return p.renderAccount(w, v, me, "problem_delete", nil)
	}
	var letter issue.Letter
	if p.cfg.SendsMail() {
		letter = p.letter(v, deletedLetter(), "", "")
	}
	if err := p.issuer.DeleteOwnAccount(v.Context(), me.SignedIn, letter); err != nil {
		return err
	}
	if err := p.keepAccounts(v.Context(), w, me.here.without([]account{me.here.all[0]})); err != nil {
		return err
	}
	return p.tell(w, v, deleted())
}

func deleted() notice {
	return notice{ID: "account-deleted", Title: "account_deleted", Lead: "account_deleted_lead"}
}
