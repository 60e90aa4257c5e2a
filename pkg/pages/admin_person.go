package pages

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// adminPerson is what an administrator sees of somebody.
type adminPerson struct {
	identity.User
	Created  moment
	Verified bool
	Locked   bool
	Sessions []sessionView
	Factors  []factorRow
	Consents []consentRow
	Belongs  []groupRow
	Events   []eventRow
	Log      string // where all events of the person are
	Mails    bool
	Deletion deletion
}

type factorRow struct{ ID, Kind, Name string } // Kind is a word

// showPerson shows somebody, with what the administrator may see of them.
func (p *Pages) showPerson(w http.ResponseWriter, v *visit, me administrator) error {
	ctx, id := v.Context(), v.PathValue("user")
	user, version, err := p.desk.User(ctx, me.by, id)
	if err != nil {
		return err
	}
	view := adminPerson{
		User: user, Created: moment{user.Created}, Verified: user.EmailVerified != nil && *user.EmailVerified, Mails: p.cfg.SendsMail(),
		Log: "/events?sub=" + segment(id), Deletion: deletion{"username", "admin_confirm_person", version},
	}
	for _, name := range user.Groups {
		view.Belongs = append(view.Belongs, groupRow{Name: name, Path: groupPath(name)})
	}
	if view.Locked, err = p.desk.Locked(ctx, me.by, user); err != nil {
		return err
	}
	if view.Factors, err = p.factorsOf(ctx, me, id); err != nil {
		return err
	}
	if view.Sessions, err = p.sessionsOf(ctx, me, id); err != nil {
		return err
	}
	if view.Consents, err = p.consentsOf(ctx, me, id); err != nil {
		return err
	}
	if me.by.May(admin.AuditRead) == nil {
		found, _, err := p.desk.Events(ctx, me.by, audit.Query{Subject: id, Limit: 10})
		if err != nil && !errors.Is(err, audit.ErrNoTable) {
			return err
		}
		view.Events = eventRows(found)
	}
	return p.renderAdmin(w, v, me, view)
}

func (p *Pages) factorsOf(ctx context.Context, me administrator, id string) ([]factorRow, error) {
	set, err := p.desk.Factors(ctx, me.by, id)
	if err != nil {
		return nil, err
	}
	var rows []factorRow
	for _, passkey := range set.Passkeys {
		rows = append(rows, factorRow{passkey.Handle(), "admin_passkey", passkey.Name})
	}
	if set.App != nil {
		rows = append(rows, factorRow{admin.AppFactor, "admin_app", ""})
	}
	if set.RecoveryCodes > 0 {
		rows = append(rows, factorRow{admin.RecoveryFactor, "admin_recovery_codes", ""})
	}
	return rows, nil
}

func (p *Pages) sessionsOf(ctx context.Context, me administrator, id string) ([]sessionView, error) {
	if me.by.May(admin.SessionsRead) != nil {
		return nil, nil
	}
	found, err := p.desk.Sessions(ctx, me.by, id)
	if err != nil {
		return nil, err
	}
	rows := make([]sessionView, len(found))
	for i, s := range found {
		rows[i] = sessionView{ID: s.ID, Address: s.Address, Began: moment{s.Created}, Used: moment{s.Used}, Here: s.ID == me.ID}
		rows[i].Browser, rows[i].System = device(s.UserAgent)
	}
	return rows, nil
}

// personActs is the table of what is done to somebody.
func (p *Pages) personActs() map[string]adminAct {
	plain := func(dangerous bool, word string, do func(context.Context, admin.Caller, string) error) adminAct {
		return adminAct{dangerous, func(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
			id := v.PathValue("user")
			return outcome{"/people/" + segment(id), word}, do(v.Context(), me.by, id)
		}}
	}
	return map[string]adminAct{
		"unlock":   plain(false, "admin_unlocked", p.desk.UnlockUser),
		"sign-out": plain(false, "admin_signed_out", p.desk.SignOut),
		"disable":  plain(true, "admin_disabled", p.desk.DisableUser),
		"enable":   plain(true, "admin_enabled", p.desk.EnableUser),
		"end-session": {false, func(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
			id := v.PathValue("user")
			return outcome{"/people/" + segment(id), "admin_session_ended"}, p.desk.EndSession(v.Context(), me.by, id, v.params.Get("session"))
		}},
		"remove-factor": {true, func(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
			id := v.PathValue("user")
			return outcome{"/people/" + segment(id), "admin_factor_removed"}, p.desk.RemoveFactor(v.Context(), me.by, id, v.params.Get("factor"))
		}},
		"join": {true, func(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
			id, group := v.PathValue("user"), strings.TrimSpace(v.params.Get("group"))
			return outcome{"/people/" + segment(id), "admin_joined"}, p.desk.Join(v.Context(), me.by, group, id)
		}},
		"leave": {true, func(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
			id := v.PathValue("user")
			return outcome{"/people/" + segment(id), "admin_left"}, p.desk.Leave(v.Context(), me.by, v.params.Get("group"), id)
		}},
		"withdraw-consent": {false, func(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
			id := v.PathValue("user")
			return outcome{"/people/" + segment(id), "admin_consent_withdrawn"}, p.desk.WithdrawConsent(v.Context(), me.by, id, v.params.Get("client"))
		}},
		"reset":  {true, p.sendReset},
		"delete": {true, p.deletePerson},
	}
}

// sendReset sends somebody a link by which they choose another password.
func (p *Pages) sendReset(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	id := v.PathValue("user")
	if !p.cfg.SendsMail() {
		return outcome{}, errNoMail()
	}
	letter := p.look.letter(p.cfg.Issuer, resetLetter(), issue.ResetPassword, "", nil, "")
	return outcome{"/people/" + segment(id), "admin_reset_sent"}, p.desk.SendReset(v.Context(), me.by, id, letter)
}

// deletePerson deletes somebody whose username was typed.
func (p *Pages) deletePerson(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	id := v.PathValue("user")
	user, _, err := p.desk.Changed(v.Context(), me.by, id)
	if err != nil {
		return outcome{}, err
	}
	if err := typedName(v, "username", user.Username); err != nil {
		return outcome{}, err
	}
	version, err := seen(v)
	if err != nil {
		return outcome{}, err
	}
	return outcome{"", "admin_deleted"}, p.desk.DeleteUser(v.Context(), me.by, id, version)
}
