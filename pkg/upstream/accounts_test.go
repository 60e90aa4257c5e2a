package upstream_test

import (
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

const password = "correct horse battery staple"

func creating(s *upstream.Settings) { s.CreateUsers = true }

func trusted(s *upstream.Settings) { s.CreateUsers, s.TrustEmail = true, true }

// resident adds somebody who signs in here.
func (s site) resident(username string) identity.User {
	s.t.Helper()
	verified := true
	user, err := s.users.Add(s.t.Context(), identity.NewUser{
		Username: username, Password: password, StandardClaims: oauth.StandardClaims{Email: username, EmailVerified: &verified},
	})
	must(s.t, err)
	return user
}

func TestWhoComesForTheFirstTimeGetsAnAccountAndFindsItAgain(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, trusted)
	first, err := s.account(t.Context(), p)
	if err != nil || first.Username != "jo@example.com" || first.Name != "Jo Example" || !*first.EmailVerified {
		t.Fatalf("got %+v %v", first, err)
	}
	op.Person["email"], op.Person["name"] = "jo.new@example.com", "Jo Renamed" // who somebody is does not hang on it
	again, err := s.account(t.Context(), p)
	if err != nil || again.ID != first.ID {
		t.Errorf("got %+v %v", again, err)
	}
	linked, err := s.users.Linked(t.Context(), first.ID)
	if err != nil || len(linked) != 1 || linked[0].Issuer != op.Issuer || linked[0].Subject != "jo-there" {
		t.Errorf("got %+v %v", linked, err)
	}
}

func TestTwoFirstVisitsMakeOneAccount(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, creating)
	var mu sync.Mutex
	found := map[string]int{}
	var wg sync.WaitGroup
	for range 8 {
		vouched, err := s.visit(p)
		must(t, err)
		wg.Go(func() {
			user, err := s.Account(t.Context(), vouched)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			found[user.ID]++
		})
	}
	wg.Wait()
	if len(found) != 1 {
		t.Errorf("got the accounts %v", found)
	}
}

func TestNobodyGetsAnAccountWhereAProviderMayMakeNone(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	if _, err := s.account(t.Context(), s.add("there", op, nil)); !errors.Is(err, upstream.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

// nOAuth: a tenant of somebody's own says that they have a victim's address.
func TestO44AnAddressAloneOpensNoAccount(t *testing.T) {
	for name, c := range map[string]struct {
		settings func(*upstream.Settings)
		verified any
	}{
		"an untrusted provider":                  {creating, true},
		"a trusted one that has not verified it": {trusted, false},
		"a trusted one that does not say":        {trusted, nil},
		"a trusted one that says something else": {trusted, "yes"},
		"a trusted one by a number":              {trusted, 1},
		"an untrusted one, renaming its claims":  {func(s *upstream.Settings) { s.CreateUsers = true; s.Claims = map[string]string{"email": "upn"} }, true},
		"an untrusted one, mapping what is verified": {func(s *upstream.Settings) {
			s.CreateUsers = true
			s.Claims = map[string]string{"email_verified": "xms_edov"}
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, op := open(t), elsewhere.Open(t)
			victim := s.resident("victim@example.com")
			op.Person = map[string]any{
				"sub": "attacker", "email": "victim@example.com", "upn": "victim@example.com", "preferred_username": "victim@example.com", "xms_edov": true,
			}
			if c.verified != nil {
				op.Person["email_verified"] = c.verified
			}
			user, err := s.account(t.Context(), s.add("there", op, c.settings))
			if err != nil || user.ID == victim.ID || user.Username == victim.Username {
				t.Errorf("got %+v %v", user, err)
			}
			if user.EmailVerified != nil && *user.EmailVerified {
				t.Error("the address is taken as verified")
			}
		})
	}
}

// Even who is trusted does not say whose account here has the address.
func TestO44ATrustedProviderAsksTheOwnerToSignInHere(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	owner := s.resident("jo@example.com")
	var connect *upstream.ConnectError
	user, err := s.account(t.Context(), s.add("there", op, trusted))
	if !errors.As(err, &connect) || connect.User.ID != owner.ID || user.ID != "" {
		t.Fatalf("got %+v %v", user, err)
	}
	if linked, err := s.users.Linked(t.Context(), owner.ID); err != nil || len(linked) != 0 {
		t.Errorf("linked already: %v %v", linked, err)
	}
}

// CVE-2019-19844: a letter that looks like another makes another address.
func TestO43ALookAlikeIsAnotherAddress(t *testing.T) {
	for name, address := range map[string]string{
		"a dotless i":      "v\u0131ctim@example.com",
		"a Cyrillic i":     "v\u0456ctim@example.com",
		"full width":       "\uff56ictim@example.com",
		"a ligature":       "vi\ufb00@example.com",
		"a zero width":     "victim\u200b@example.com",
		"the Kelvin sign":  "\u212aim@example.com",
		"from the right":   "\u202evictim@example.com",
		"a domain so":      "victim@ex\u0430mple.com",
		"two addresses":    "victim@example.com,attacker@example.net",
		"a quoted one":     `"victim"@example.com`,
		"a trailing space": "victim@example.com ",
	} {
		t.Run(name, func(t *testing.T) {
			s, op := open(t), elsewhere.Open(t)
			for _, username := range []string{"victim@example.com", "viff@example.com", "kim@example.com"} {
				s.resident(username)
			}
			op.Person = map[string]any{"sub": "attacker", "email": address, "email_verified": true}
			user, err := s.account(t.Context(), s.add("there", op, trusted))
			if err != nil || !strings.HasPrefix(user.Username, "there:") || user.Email != "" {
				t.Errorf("got %+v %v", user, err)
			}
		})
	}
}

// Pre-registration: somebody comes by a provider that anyone can write names into, under
// the name by which somebody else will want to sign up.
func TestNobodyTakesANameThatSomebodyElseWillWant(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, creating)
	for _, called := range []string{"victim@example.com", "administrator", "there:x", "VICTIM"} {
		op.Person = map[string]any{"sub": "attacker-" + called, "preferred_username": called, "email": "victim@example.com", "email_verified": true}
		user, err := s.account(t.Context(), p)
		if err != nil || !strings.HasPrefix(user.Username, "there:") {
			t.Errorf("%s: got %+v %v", called, user, err)
		}
	}
	s.resident("victim@example.com") // the name is free, and so is the address
}

// Two people of one name there are two people here.
func TestANameThatIsTakenIsNobodyElses(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, creating)
	seen := map[string]bool{}
	for _, subject := range []string{"one", "two", "three"} {
		op.Person = map[string]any{"sub": subject, "preferred_username": "jo"}
		user, err := s.account(t.Context(), p)
		if err != nil || seen[user.ID] {
			t.Errorf("%s: got %+v %v", subject, user, err)
		}
		seen[user.ID] = true
	}
}

func TestOneSubjectOfTwoIssuersIsTwoPeople(t *testing.T) {
	s, one, other := open(t), elsewhere.Open(t), elsewhere.Open(t)
	first, err := s.account(t.Context(), s.add("one", one, creating))
	must(t, err)
	second, err := s.account(t.Context(), s.add("other", other, creating))
	if err != nil || second.ID == first.ID {
		t.Errorf("got %+v %v", second, err)
	}
}

func TestADisabledPersonStaysOut(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, creating)
	user, err := s.account(t.Context(), p)
	must(t, err)
	must(t, s.users.Disable(t.Context(), user.ID))
	if _, err := s.account(t.Context(), p); !oauth.AccessDenied.In(err) {
		t.Errorf("got %v", err)
	}
}

func TestWhoWasDeletedComesAsSomebodyNew(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, creating)
	before, err := s.account(t.Context(), p)
	must(t, err)
	must(t, s.users.Delete(t.Context(), before.ID))
	after, err := s.account(t.Context(), p)
	if err != nil || after.ID == before.ID {
		t.Errorf("got %+v %v", after, err)
	}
}

func TestHowSomebodyProvedItThereIsBelievedAsConfigured(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	op.Person["amr"], op.Person["acr"] = []string{"pwd", "otp", "fed", "with space"}, "gold"
	plain, err := s.visit(s.add("plain", op, nil))
	must(t, err)
	if strings.Join(plain.AMR, " ") != "fed" || plain.ACR != "" {
		t.Errorf("got %v %q", plain.AMR, plain.ACR)
	}
	mapped, err := s.visit(s.add("mapped", op, func(set *upstream.Settings) {
		set.TrustAMR, set.ACR = true, map[string]string{"gold": oauth.ACRMultiFactor}
	}))
	must(t, err)
	if strings.Join(mapped.AMR, " ") != "fed pwd otp" || mapped.ACR != oauth.ACRMultiFactor {
		t.Errorf("got %v %q", mapped.AMR, mapped.ACR)
	}
}

func TestClaimsAreMapped(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	op.Person = map[string]any{"sub": "jo-there", "display": "Jo", "picture": "javascript:alert(1)", "nickname": "Joey", "locale": "de\u0000"}
	vouched, err := s.visit(s.add("there", op, func(set *upstream.Settings) {
		set.Claims = map[string]string{"name": "display", "nickname": ""}
	}))
	must(t, err)
	if c := vouched.Claims; c.Name != "Jo" || c.Nickname != "" || c.Picture != "" || c.Locale != "" || c.EmailVerified != nil {
		t.Errorf("got %+v", c)
	}
}

// A name that could not be kept is no reason to keep somebody out.
func TestANameWithControlCharactersIsLeftOut(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, trusted)
	for round, person := range []map[string]any{
		{"name": "Jo\u0000", "given_name": "Jo\u009b2J", "family_name": "Example"}, // who comes first
		{"name": "Jo\n", "given_name": "Jo\u007f", "family_name": "Renamed"},       // and again
	} {
		op.Person = person
		person["sub"] = "jo-there"
		user, err := s.account(t.Context(), p)
		if err != nil || user.Name != "" || user.GivenName != "" || user.FamilyName != person["family_name"] {
			t.Errorf("round %d: got %+v %v", round, user.StandardClaims, err)
		}
	}
}

// A confirmed address finds its owner, whatever they are called here.
func TestO44TheOwnerOfAConfirmedAddressIsAsked(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	verified := true
	owner, err := s.users.Add(t.Context(), identity.NewUser{
		Username: "joanna", StandardClaims: oauth.StandardClaims{Email: "Jo@Example.com", EmailVerified: &verified},
	})
	must(t, err)
	var connect *upstream.ConnectError
	if _, err := s.account(t.Context(), s.add("there", op, trusted)); !errors.As(err, &connect) || connect.User.ID != owner.ID {
		t.Errorf("got %v", err)
	}
}

func TestClaimsFollowTheProviderAtTheNextSignIn(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, func(set *upstream.Settings) { set.CreateUsers = true })
	made, err := s.account(t.Context(), p)
	must(t, err)
	maps.Copy(op.Person, map[string]any{"name": "Joanna Example", "email": "joanna@example.com", "picture": "javascript:alert(1)"})
	again, err := s.account(t.Context(), p)
	if err != nil || again.ID != made.ID || again.Name != "Joanna Example" || again.Email != "joanna@example.com" || again.Picture != "" {
		t.Errorf("got %+v %v", again, err)
	}
	if *again.EmailVerified || again.Username != made.Username {
		t.Errorf("an address of a provider that is not trusted, or another name: %+v", again)
	}
}
