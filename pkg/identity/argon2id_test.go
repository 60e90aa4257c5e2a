package identity_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// phc hashes as another program would.
func phc(password oauth.Secret, salt string, memory, time uint32, lanes uint8) string {
	b64 := base64.RawStdEncoding.EncodeToString
	sum := argon2.IDKey([]byte(password), []byte(salt), time, memory, lanes, 32)
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", memory, time, lanes, b64([]byte(salt)), b64(sum))
}

func TestImportedHashes(t *testing.T) {
	salt := "somesaltsomesalt"
	for name, c := range map[string]struct {
		hash   string
		rehash bool
	}{
		"of today's cost":          {phc(password, salt, 19456, 2, 1), false},
		"stronger":                 {phc(password, salt, 65536, 3, 4), false},
		"one pass over more":       {phc(password, salt, 47104, 1, 1), false},
		"less memory":              {phc(password, salt, 4096, 3, 1), true},
		"less memory, more passes": {phc(password, salt, 12288, 4, 1), true},
		"fewer passes":             {phc(password, salt, 19456, 1, 1), true},
		"a short salt":             {phc(password, "somesalt", 19456, 2, 1), true},
	} {
		t.Run(name, func(t *testing.T) {
			users := newUsers(t)
			want := add(t, users, identity.NewUser{Username: "alice", PasswordHash: c.hash})
			for i, hashes := range []int64{1, 1} {
				if i == 0 && c.rehash {
					hashes = 2
				}
				before := users.HashCalls()
				got, err := users.SignIn(t.Context(), "alice", password, home)
				if err != nil || got.ID != want.ID {
					t.Fatalf("sign-in %d: %v", i, err)
				}
				if n := users.HashCalls() - before; n != hashes {
					t.Errorf("sign-in %d: %d hashes, want %d", i, n, hashes)
				}
			}
			if _, err := users.SignIn(t.Context(), "alice", "not the password", home); code(err) != oauth.InvalidGrant {
				t.Errorf("a wrong password: %v", err)
			}
			if after, err := users.Get(t.Context(), want.ID); err != nil || after.Epoch != want.Epoch {
				t.Errorf("a rehash changed the epoch to %d, %v", after.Epoch, err)
			}
		})
	}
}

func TestHashesThatAreRefused(t *testing.T) {
	users := newUsers(t)
	salt, sum := base64.RawStdEncoding.EncodeToString([]byte("somesaltsomesalt")), strings.Repeat("A", 43)
	for name, hash := range map[string]string{
		"Argon2d":               "$argon2d$v=19$m=19456,t=2,p=1$" + salt + "$" + sum,
		"an older version":      "$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + sum,
		"no version":            "$argon2id$m=19456,t=2,p=1$" + salt + "$" + sum,
		"4 GiB":                 "$argon2id$v=19$m=4194304,t=2,p=1$" + salt + "$" + sum,
		"no memory":             "$argon2id$v=19$m=0,t=2,p=1$" + salt + "$" + sum,
		"an hour's passes":      "$argon2id$v=19$m=19456,t=100000,p=1$" + salt + "$" + sum,
		"no passes":             "$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + sum,
		"no lanes":              "$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + sum,
		"more lanes than fit":   "$argon2id$v=19$m=19456,t=2,p=257$" + salt + "$" + sum,
		"negative":              "$argon2id$v=19$m=-1,t=2,p=1$" + salt + "$" + sum,
		"a leading zero":        "$argon2id$v=19$m=019456,t=2,p=1$" + salt + "$" + sum,
		"a further parameter":   "$argon2id$v=19$m=19456,t=2,p=1,x=1$" + salt + "$" + sum,
		"another order":         "$argon2id$v=19$t=2,m=19456,p=1$" + salt + "$" + sum,
		"padding":               "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "==$" + sum,
		"unused bits set":       "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + sum[:42] + "B",
		"a line break":          "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + sum + "\n",
		"no salt":               "$argon2id$v=19$m=19456,t=2,p=1$$" + sum,
		"no sum":                "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$",
		"a short sum":           "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$AAAA",
		"a sixth part":          "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + sum + "$",
		"a password by mistake": "correct horse battery staple",
		"a megabyte":            strings.Repeat("$", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := users.Add(t.Context(), identity.NewUser{Username: "alice", PasswordHash: hash})
			if code(err) != oauth.InvalidRequest {
				t.Errorf("got %v, want invalid_request", err)
			}
			if err != nil && strings.Contains(err.Error(), "battery") {
				t.Errorf("the error shows what was given: %v", err)
			}
		})
	}
}
