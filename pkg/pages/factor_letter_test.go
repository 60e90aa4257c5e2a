package pages_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// Whose factors change hears of it by mail, in their language, whoever is in their account.
func TestPeopleAreToldOfChangesToTheirFactors(t *testing.T) {
	s := openPost(t)
	carol := s.account("carol")
	_, err := s.people.Update(t.Context(), carol.ID, func(user *identity.User) error { user.Locale = "fr"; return nil })
	must(t, err)
	b := s.browser()
	b.opens("/account/security", "carol")
	hears := func(what string) {
		t.Helper()
		got := s.mails()
		if len(got) != 1 || got[0].To.String() != "carol@example.com" || !strings.Contains(got[0].Text, what) {
			t.Errorf("got %v, want one mail to carol that says %q", got, what)
		}
		s.linkIn(got)
	}
	p := b.get("/second-factor/app")
	b.submit(p, "code", scans(p).code()).shows(t, "recovery-codes")
	hears("Une application d’authentification a été ajoutée")
	b.submit(b.get("/second-factor/recovery")).shows(t, "recovery-codes")
	hears("De nouveaux codes de secours ont été créés")
	b.change(b.get("/account/security"), "remove-app", "app", "remove").does(t, "C’est retiré")
	hears("L’application d’authentification a été retirée")
	s.passkey(carol, "Blue key")
	hears("Une clé d’accès a été ajoutée")
}
