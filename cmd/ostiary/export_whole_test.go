package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// patient is a lockout that stands in nobody's way.
var patient = identity.Lockout{Attempts: 10, AddressAttempts: 100, Window: time.Minute}

// inhabited is a provider with a record of every kind that lasts.
type inhabited struct {
	alice    identity.User
	secret   oauth.Secret // of the client app
	pairwise string       // alice, for the client far
	key      oauth.Secret // an API key
}

// inhabit fills a folder. Who adds a kind of lasting record adds one here: what an export
// leaves behind is seen by comparing what lies there with what lies where it was read.
func inhabit(t *testing.T, data string) (in inhabited) {
	t.Helper()
	ctx := t.Context()
	b, err := (&app{data: data, err: t.Output()}).open(ctx)
	check(t, err)
	users, clients := identity.NewUsers(b.users, b.state, patient), identity.NewClients(b.users, b.sealer)
	in.alice = inhabitPeople(t, users)
	_, in.secret, err = clients.Add(ctx, identity.Registration{ID: "app", ClientMetadata: oauth.ClientMetadata{
		RedirectURIs: []string{"https://app.example.com/back"}, IDTokenSignedResponseAlg: oauth.HS256,
	}})
	check(t, err)
	far, _, err := clients.Add(ctx, identity.Registration{ID: "far", ClientMetadata: oauth.ClientMetadata{
		RedirectURIs: []string{"https://far.example.com/back"}, AuthorizationMetadata: oauth.AuthorizationMetadata{SubjectType: oauth.PairwiseSubject},
		AllowedCORSOrigins: []string{"https://far.example.com"},
	}})
	check(t, err)
	in.pairwise, err = clients.Subject(ctx, far, in.alice.ID)
	check(t, err)
	_, _, err = clients.Add(ctx, identity.Registration{ID: "api", ClientMetadata: oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.ClientCredentials}, Resource: []string{"https://api.example.com"},
	}})
	check(t, err)
	_, _, err = clients.AddRegistrationToken(ctx, oauth.RegistrationTerms{}, 2, time.Hour)
	check(t, err)
	sessions := identity.NewSessions(b.state, users, identity.SessionLimits{Idle: time.Hour, Absolute: time.Hour})
	issuer := issue.New(config.Config{}, b.users, b.state, users, clients, sessions, b.sealer, b.ring)
	check(t, issuer.GrantConsent(ctx, in.alice.ID, "app", oauth.Scope{"openid", "email"}, issue.ClaimsRequest{}))
	_, in.key, err = identity.NewAPIKeys(b.users, b.state).Add(ctx, identity.APIKey{
		Name: "meter", Audience: []string{"https://api.example.com"}, Expires: time.Now().Add(time.Hour),
	})
	check(t, err)
	inhabitFactors(t, factor.Open(b.users, users, b.sealer), in.alice)
	_, err = upstream.NewProviders(b.users, b.sealer).Add(ctx, "there", upstream.Settings{
		Name: "There", Kind: upstream.OpenID, Issuer: "https://there.example.com", ClientID: "we", Scope: oauth.Scope{"openid"},
		IDTokenAlg: oauth.RS256, Auth: oauth.ClientSecretBasic,
	}, "a-secret-at-another-provider")
	check(t, err)
	check(t, b.close())
	return in
}

func inhabitPeople(t *testing.T, users *identity.Users) identity.User {
	t.Helper()
	ctx, confirmed := t.Context(), true
	_, err := users.AddAttribute(ctx, oauth.Attribute{Name: "motto", Scope: "profile"})
	check(t, err)
	for _, name := range []string{"editors", "empty"} {
		_, err = users.AddGroup(ctx, identity.Group{Name: name, Roles: []string{"EDIT"}, SecondFactor: true})
		check(t, err)
	}
	_, err = users.UpdateGroup(ctx, identity.Administrators, func(g *identity.Group) error { g.Description = "Who looks after it"; return nil })
	check(t, err)
	// The first who confirmed an address is found by it, and is not the first by name.
	one := oauth.StandardClaims{Email: "one@example.com", EmailVerified: &confirmed}
	_, err = users.Add(ctx, identity.NewUser{ID: "bob-1", Username: "bob", StandardClaims: one, PasswordHash: "$2b$05$abcdefghijklmnopqrstuuW.xLv3X06oONAO1cydtXgNVkK9MCbhu"})
	check(t, err)
	alice, err := users.Add(ctx, identity.NewUser{
		Username: "alice", Password: "four score and seven", StandardClaims: one, Roles: []string{"READ"},
		Groups: []string{identity.Administrators, "editors"}, Attributes: identity.Values{"motto": json.RawMessage(`"Curiouser"`)},
	})
	check(t, err)
	check(t, users.Link(ctx, alice.ID, identity.Linked{Issuer: "https://there.example.com", Subject: "a", Provider: "there"}))
	return alice
}

func inhabitFactors(t *testing.T, factors *factor.Factors, alice identity.User) {
	t.Helper()
	ctx := t.Context()
	_, err := factors.AddPasskey(ctx, alice.ID, factor.Passkey{ID: []byte("id"), PublicKey: []byte("key"), Name: "Phone"})
	check(t, err)
	offer, err := factors.OfferApp(ctx, alice.ID, "a browser")
	check(t, err)
	secret, err := base32.StdEncoding.DecodeString(offer.Text())
	check(t, err)
	mac := hmac.New(sha1.New, secret) // RFC 6238
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30)))
	sum := mac.Sum(nil)
	code := binary.BigEndian.Uint32(sum[sum[19]&15:]) & (1<<31 - 1) % 1_000_000
	check(t, factors.AddApp(ctx, alice, offer, fmt.Sprintf("%06d", code), ""))
	_, err = factors.NewRecoveryCodes(ctx, alice.ID)
	check(t, err)
}

// inFolder are the keys of all records of the user table of a folder that nobody has open.
func inFolder(t *testing.T, data string) (keys []string) {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(data, databaseFile), 0o600, &bbolt.Options{ReadOnly: true})
	check(t, err)
	check(t, db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(userTable)).ForEach(func(k, _ []byte) error {
			partition := int(binary.BigEndian.Uint16(k))
			keys = append(keys, string(k[2:2+partition])+" "+string(k[2+partition:]))
			return nil
		})
	}))
	check(t, db.Close())
	slices.Sort(keys)
	return keys
}

// inTable are those of the user table that --aws works on.
func inTable(t *testing.T, client *dynamodb.Client) (keys []string) {
	t.Helper()
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: aws.String(os.Getenv("USER_TABLE"))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.WithoutCancel(t.Context()))
		check(t, err)
		for _, item := range page.Items {
			text := func(name string) string { return item[name].(*types.AttributeValueMemberS).Value }
			keys = append(keys, text("pk")+" "+text("sk"))
		}
	}
	slices.Sort(keys)
	return keys
}

// archived are the lines of an export, without those that say when it was made.
func archived(t *testing.T, path string) (lines []string) {
	t.Helper()
	content, err := os.ReadFile(path)
	check(t, err)
	for line := range strings.Lines(string(content)) {
		if !strings.HasPrefix(line, `{"ostiary_export"`) {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

// All that lasts comes into another provider, of either kind: the same records lie there
// afterwards, and an export of it is the same, line by line. From there it comes back.
func TestAnExportCarriesAllThatLasts(t *testing.T) {
	folder := t.TempDir()
	here, there, back := filepath.Join(folder, "here"), filepath.Join(folder, "there"), filepath.Join(folder, "back")
	inhabit(t, here)
	database := deployed(t)
	aws := []string{"--aws"}
	for n, way := range []struct {
		name     string
		from, to []string
		keys     func() []string
	}{
		{"a folder", []string{"--data", here}, []string{"--data", there}, func() []string { return inFolder(t, there) }},
		{"tables", []string{"--data", here}, aws, func() []string { return inTable(t, database.Client()) }},
		{"from tables", aws, []string{"--data", back}, func() []string { return inFolder(t, back) }},
	} {
		t.Run(way.name, func(t *testing.T) {
			file, again := filepath.Join(folder, fmt.Sprint(n)), filepath.Join(folder, fmt.Sprint(n, "-again"))
			out, err := ostiary(t, append([]string{"export", file, "--yes-secrets", "--json"}, way.from...)...)
			check(t, err)
			if strings.Contains(out, "not_exported") {
				t.Errorf("left behind: %s", out)
			}
			_, err = ostiary(t, append([]string{"import", file}, way.to...)...)
			check(t, err)
			_, err = ostiary(t, append([]string{"export", again, "--yes-secrets"}, way.to...)...)
			check(t, err)
			if diff := cmp.Diff(inFolder(t, here), way.keys()); diff != "" {
				t.Errorf("records here, and there:\n%s", diff)
			}
			if diff := cmp.Diff(archived(t, file), archived(t, again)); diff != "" {
				t.Errorf("exported here, and there:\n%s", diff)
			}
		})
	}
	b, err := (&app{data: back, err: t.Output()}).openTables(t.Context())
	check(t, err)
	found, err := identity.NewUsers(b.users, b.state, patient).SignIn(t.Context(), "one@example.com", "four score and seven", "192.0.2.7")
	if err != nil || found.ID != "bob-1" {
		t.Errorf("the address finds %q, %v", found.ID, err)
	}
	check(t, b.close())
}
