package identity_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func pairwise(uris ...string) oauth.ClientMetadata {
	m := oauth.ClientMetadata{RedirectURIs: uris}
	m.SubjectType = oauth.PairwiseSubject
	return m
}

func subjectFor(t testing.TB, clients *identity.Clients, m oauth.ClientMetadata, userID string) string {
	t.Helper()
	client, _, err := clients.Add(t.Context(), identity.Registration{ClientMetadata: m})
	if err != nil {
		t.Fatal(err)
	}
	sub, err := clients.Subject(t.Context(), client, userID)
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func TestClientsOfOneSectorKnowAPersonByOneSubject(t *testing.T) {
	clients, _ := newClients(t)
	ours := subjectFor(t, clients, pairwise("https://a.example.com/back", "https://a.example.com:8443/other"), "alice")
	for name, c := range map[string]struct {
		metadata oauth.ClientMetadata
		user     string
		same     bool
	}{
		"the same host":              {pairwise("https://A.example.com/elsewhere"), "alice", true},
		"another host":               {pairwise("https://b.example.com/back"), "alice", false},
		"another person":             {pairwise("https://a.example.com/back"), "alicia", false},
		"a host and person run on":   {pairwise("https://a.example.coma/back"), "lice", false},
		"a client with the public":   {web(), "alice", false},
		"a host that holds the host": {pairwise("https://a.example.com.example.net/back"), "alice", false},
	} {
		if got := subjectFor(t, clients, c.metadata, c.user); (got == ours) != c.same {
			t.Errorf("%s: got %s beside %s, want the same %v", name, got, ours, c.same)
		}
	}
	if len(ours) != 43 || strings.Contains(ours, "alice") {
		t.Errorf("got %s, want 256 bits that tell nothing", ours)
	}
	if got := subjectFor(t, clients, web(), "alice"); got != "alice" {
		t.Errorf("got %s for a public client", got)
	}
}

// Without the salt, whoever knows a sector and a person's ID could compute the sub.
func TestEveryDeploymentHasASaltOfItsOwn(t *testing.T) {
	one, _ := newClients(t)
	two, _ := newClients(t)
	m := pairwise("https://app.example.com/back")
	if subjectFor(t, one, m, "alice") == subjectFor(t, two, m, "alice") {
		t.Error("two deployments know a person by the same sub")
	}
}

func TestTheSaltIsMadeOnce(t *testing.T) {
	users, _ := tables(t)
	sealer := newSealer(t, users)
	subjects := make([]string, 8)
	var group sync.WaitGroup
	for i := range subjects {
		group.Go(func() {
			another := identity.NewClients(users, sealer) // which has not read the salt
			subjects[i] = subjectFor(t, another, pairwise("https://app.example.com/back"), "alice")
		})
	}
	group.Wait()
	for _, sub := range subjects {
		if sub != subjects[0] {
			t.Fatalf("got %s and %s for one person", sub, subjects[0])
		}
	}
}

func TestASectorCanBeTold(t *testing.T) {
	clients, _ := newClients(t)
	native := pairwise("http://127.0.0.1/back")
	native.ApplicationType = "native"
	for name, m := range map[string]oauth.ClientMetadata{
		"several hosts":              pairwise("https://a.example.com/back", "https://b.example.com/back"),
		"no host":                    pairwise("com.example.app:/back"),
		"what looks like a host":     pairwise("com.example.app://callback"),
		"a host that all have":       native,
		"no redirect URIs":           {GrantTypes: []oauth.GrantType{oauth.Password}, AuthorizationMetadata: oauth.AuthorizationMetadata{SubjectType: oauth.PairwiseSubject}},
		"a host after one without":   pairwise("com.example.app:/back", "https://a.example.com/back"),
		"a scheme after one of host": pairwise("https://a.example.com/back", "com.example.app:/back"),
	} {
		_, _, err := clients.Add(t.Context(), identity.Registration{ClientMetadata: m})
		if e := oauth.AsError(err); e.Code != oauth.InvalidClientMetadata || !strings.Contains(e.Description, "pairwise") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A sector vouches for its clients, or anybody could register into it.
func TestASectorListsItsClients(t *testing.T) {
	const sector, uri, other = "https://sector.example.com/uris.json", "https://a.example.com/back", "https://b.example.com/back"
	unreachable := errors.New("unreachable")
	for name, c := range map[string]struct {
		document string
		err      error
		uris     []string
		good     bool
	}{
		"all listed":       {`["` + uri + `","` + other + `"]`, nil, []string{uri, other}, true},
		"one not listed":   {`["` + uri + `"]`, nil, []string{uri, other}, false},
		"none":             {`[]`, nil, []string{uri}, false},
		"a longer one":     {`["` + uri + `/"]`, nil, []string{uri}, false},
		"an object":        {`{"` + uri + `":1}`, nil, []string{uri}, false},
		"no JSON":          {`<html>`, nil, []string{uri}, false},
		"out of reach":     {"", unreachable, []string{uri}, false},
		"too slow":         {"", fmt.Errorf("fetch: %w", context.DeadlineExceeded), []string{uri}, false},
		"nothing to check": {`[]`, nil, nil, false},
	} {
		clients, _ := newClients(t)
		clients.FetchBy(func(_ context.Context, asked string) ([]byte, error) {
			if asked != sector {
				t.Errorf("%s: fetched %s", name, asked)
			}
			return []byte(c.document), c.err
		})
		m := pairwise(c.uris...)
		m.SectorIdentifierURI, m.GrantTypes = sector, []oauth.GrantType{oauth.Password}
		client, _, err := clients.Add(t.Context(), identity.Registration{ClientMetadata: m})
		if (err == nil) != c.good || !c.good && code(err) != oauth.InvalidClientMetadata {
			t.Errorf("%s: got %v", name, err)
		}
		// Of a deadline it would be said that it is ours, and our alarm would ring.
		if errors.Is(err, context.DeadlineExceeded) || c.err != nil && !strings.Contains(err.Error(), c.err.Error()) {
			t.Errorf("%s: got %v", name, err)
		}
		if !c.good {
			continue
		}
		if got, err := clients.Sector(client); err != nil || got != "sector.example.com" {
			t.Errorf("%s: got %s and %v", name, got, err)
		}
		_, err = clients.Update(t.Context(), client.ID, func(m *oauth.ClientMetadata) error {
			m.RedirectURIs[0] = "https://c.example.com/back"
			return nil
		})
		if code(err) != oauth.InvalidClientMetadata {
			t.Errorf("a redirect URI that the sector does not list: %v", err)
		}
	}
	clients, _ := newClients(t)
	m := pairwise(uri)
	m.SectorIdentifierURI = sector
	if _, _, err := clients.Add(t.Context(), identity.Registration{ClientMetadata: m}); code(err) != oauth.InvalidClientMetadata {
		t.Errorf("with nobody to fetch it: %v", err)
	}
}
