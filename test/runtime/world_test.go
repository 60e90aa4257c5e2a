// Package runtime_test speaks to the built functions over Lambda's Runtime API:
// the binaries that are deployed, against a DynamoDB API server and moto's KMS.
package runtime_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/ostiary-auth/ostiary/pkg/gateway/local"
	"github.com/ostiary-auth/ostiary/pkg/gateway/runtimeapi"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/kms"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
	"github.com/ostiary-auth/ostiary/test/codeflow"
	"github.com/ostiary-auth/ostiary/test/dynamodb"
	"github.com/ostiary-auth/ostiary/test/moto"
	"github.com/ostiary-auth/ostiary/test/serving"
)

// What the samples in events/ say, and whom the story is about.
const (
	sampleClient = "sample-service"
	sampleSecret = "sample-secret-of-a-sample-service-0123"
	publicClient = "demo"
	username     = "alice"
	password     = "correct horse battery staple"
	audience     = "https://api.example.com"
)

// world is everything that is deployed, running, behind one gateway.
type world struct {
	issuer    string
	env       map[string]string
	functions sync.Map // by the name of their folder: *runtimeapi.Function

	database, account aws.Config
	userID            string
	apiKey            string
	log               serving.Log
}

// open starts every function, in a world whose keys are sealed by KMS.
func open(t *testing.T) *world {
	t.Helper()
	w := prepare(t)
	w.run(t, folders(t)...)
	return w
}

// prepare makes what functions find when they are deployed, and starts none.
func prepare(t testing.TB) *world {
	t.Helper()
	database, endpoint := dynamodb.Start(t), moto.Start(t)
	t.Log("DynamoDB is", database)
	account := moto.Config(endpoint)
	key, err := awskms.NewFromConfig(account).CreateKey(t.Context(), &awskms.CreateKeyInput{})
	check(t, err)

	w := &world{database: database.Config(), account: account}
	functions := map[string]local.Invoker{}
	for _, name := range folders(t) {
		functions[name] = deployed{w, name}
	}
	gateway, err := local.New(local.Deployed(), functions, slog.New(slog.DiscardHandler))
	check(t, err)
	server := httptest.NewServer(gateway)
	t.Cleanup(server.Close)
	w.issuer = server.URL
	w.env = map[string]string{
		"ISSUER": w.issuer, "AUDIENCE": audience, "DEFAULT_AUDIENCE": audience, "DEFAULT_CLIENT": publicClient,
		"USER_TABLE": database.Table(t), "STATE_TABLE": database.Table(t), "AUDIT_TABLE": database.Table(t),
		"KMS_KEY_ID": *key.KeyMetadata.KeyId, "AUDIT_EVENT_BUS": "default", "AWS_ENDPOINT_URL_EVENTBRIDGE": endpoint,
		"AWS_ENDPOINT_URL_DYNAMODB": database.Endpoint, "AWS_ENDPOINT_URL_KMS": endpoint,
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "LOG_LEVEL": "debug",
		"REGISTRATION": "open", // so that its sample is answered
	}
	return w
}

// run builds functions and starts them in the order in which they need each other:
// rotate makes the keys, discovery serves them, and the authorizer fetches them
// from the issuer before its first event.
func (w *world) run(t testing.TB, names ...string) {
	t.Helper()
	w.start(t, "rotate")
	w.invoke(t, "rotate", read(t, "../../events/rotate/schedule.json"))
	w.start(t, "discovery")
	for _, name := range names {
		if _, running := w.functions.Load(name); !running {
			w.start(t, name)
		}
	}
	w.seed(t, w.database, w.account)
}

// folders lists the functions: the folders with a main.go.
func folders(t testing.TB) []string {
	t.Helper()
	mains, err := filepath.Glob("../../functions/*/main.go")
	if err != nil || len(mains) == 0 {
		t.Fatalf("no functions: %v", err)
	}
	var names []string
	for _, main := range mains {
		names = append(names, filepath.Base(filepath.Dir(main)))
	}
	return names
}

// deployed is a function by its name, as a gateway knows it.
type deployed struct {
	world *world
	name  string
}

func (d deployed) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	running, ok := d.world.functions.Load(d.name)
	if !ok {
		return nil, fmt.Errorf("%s is not deployed yet", d.name)
	}
	return running.(*runtimeapi.Function).Invoke(ctx, payload)
}

// start builds a function and runs it until the test ends.
func (w *world) start(t testing.TB, name string) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name, "bootstrap")
	check(t, runtimeapi.Build(t.Context(), "../..", "./functions/"+name, binary))
	f, err := runtimeapi.Start(t.Context(), binary, w.environment(t, name), &w.log)
	check(t, err)
	t.Cleanup(func() { check(t, f.Close()) })
	w.functions.Store(name, f)
}

func (w *world) invoke(t testing.TB, name string, event []byte) []byte {
	t.Helper()
	answer, err := deployed{w, name}.Invoke(t.Context(), event)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, &w.log)
	}
	return answer
}

// seed adds the person and the clients, as the command line does.
func (w *world) seed(t testing.TB, database, account aws.Config) {
	t.Helper()
	users, state := dynamo.Open(database, w.env["USER_TABLE"]), dynamo.Open(database, w.env["STATE_TABLE"])
	sealer, err := keys.OpenSealer(t.Context(), users, kms.Open(account).Wrapper(w.env["KMS_KEY_ID"]))
	check(t, err)
	alice, err := identity.NewUsers(users, state, identity.Lockout{}).Add(t.Context(), identity.NewUser{
		Username: username, Password: password, StandardClaims: oauth.StandardClaims{Name: "Alice Example"},
	})
	check(t, err)
	w.userID = alice.ID
	_, key, err := identity.NewAPIKeys(users, state).Add(t.Context(), identity.APIKey{
		Name: "sample", Audience: []string{audience}, Scope: oauth.Scope{"pets:read"}, Expires: time.Now().Add(time.Hour),
	})
	check(t, err)
	w.apiKey = string(key)
	scope := oauth.Scope{oauth.OpenID, oauth.Profile, oauth.OfflineAccess, "pets:read"}
	for _, registration := range []identity.Registration{
		{ID: publicClient, ClientMetadata: oauth.ClientMetadata{
			TokenEndpointAuthMethod: oauth.NoAuth, Scope: scope, GrantTypes: []oauth.GrantType{oauth.Password, oauth.RefreshToken},
		}},
		{ID: "sample-web", ClientMetadata: oauth.ClientMetadata{
			TokenEndpointAuthMethod: oauth.NoAuth, Scope: scope, GrantTypes: []oauth.GrantType{oauth.AuthorizationCode},
			RedirectURIs: []string{"https://app.example.com/callback"},
		}},
		{ID: sampleClient, Secret: sampleSecret, ClientMetadata: oauth.ClientMetadata{
			TokenEndpointAuthMethod: oauth.ClientSecretPost, Scope: oauth.Scope{"pets:read"},
			GrantTypes: []oauth.GrantType{oauth.ClientCredentials},
		}},
		codeflow.Registration(),
	} {
		_, _, err := identity.NewClients(users, sealer).Add(t.Context(), registration)
		check(t, err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	check(t, err)
	return content
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
