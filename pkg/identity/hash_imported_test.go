package identity_test

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// importedHashes are hashes of one password, made by other programs: libxcrypt, Python's
// hashlib and Node.
var importedHashes = map[string]string{
	"bcrypt 2a":                "$2a$05$abcdefghijklmnopqrstuuW.xLv3X06oONAO1cydtXgNVkK9MCbhu",
	"bcrypt 2b":                "$2b$05$abcdefghijklmnopqrstuuW.xLv3X06oONAO1cydtXgNVkK9MCbhu",
	"bcrypt 2y":                "$2y$05$abcdefghijklmnopqrstuuW.xLv3X06oONAO1cydtXgNVkK9MCbhu",
	"bcrypt of Django":         "bcrypt$$2b$05$abcdefghijklmnopqrstuuW.xLv3X06oONAO1cydtXgNVkK9MCbhu",
	"scrypt":                   "$scrypt$ln=10,r=8,p=1$c29tZXNhbHRzb21lc2FsdA$wGnBCnEwoz0w0xWHakECpOY/FiyqPrgcnmw/s9D+qD0",
	"PBKDF2 with SHA-1":        "$pbkdf2-sha1$i=1000$c29tZXNhbHRzb21lc2FsdA$+lh67n8PwuIt7uhWwu/MUdK7QKo",
	"PBKDF2 with SHA-256":      "$pbkdf2-sha256$i=1000$c29tZXNhbHRzb21lc2FsdA$31+wv4bdN2ffpYxpjNodJ6cX21Nk7e/xJaTBZFCrGNM",
	"PBKDF2 with SHA-512":      "$pbkdf2-sha512$i=1000$c29tZXNhbHRzb21lc2FsdA$goLncIewgF58V9bfDkYXDoGXcbRlgeGWO1dAIr9ZoUSEdWXEmzhO6vmsp9uKeiUrgIICnsFLTfbtUdOERHDppA",
	"PBKDF2 with a length":     "$pbkdf2-sha256$i=1000,l=32$c29tZXNhbHRzb21lc2FsdA$31+wv4bdN2ffpYxpjNodJ6cX21Nk7e/xJaTBZFCrGNM",
	"PBKDF2 of two blocks":     "$pbkdf2-sha256$i=1000$c29tZXNhbHRzb21lc2FsdA$31+wv4bdN2ffpYxpjNodJ6cX21Nk7e/xJaTBZFCrGNPHyuHSiwDz7Ll7794eEIxKz2Ed2BvAvzGqBALeFqTp4w",
	"Django":                   "pbkdf2_sha256$1000$seasalt$QWoXE65CUx7rqkdSTxx2oZO+Z6hVpJsEtst4H7kTZVY=",
	"Django with SHA-1":        "pbkdf2_sha1$1000$seasalt$lJ0u7PsJT4MOnbLvnsTReOvv9HU=",
	"Passlib":                  "$pbkdf2-sha256$1000$c29tZXNhbHRzb21lc2FsdA$31.wv4bdN2ffpYxpjNodJ6cX21Nk7e/xJaTBZFCrGNM",
	"Passlib with SHA-1":       "$pbkdf2$1000$c29tZXNhbHRzb21lc2FsdA$.lh67n8PwuIt7uhWwu/MUdK7QKo",
	"ASP.NET Core Identity 3":  "AQAAAAIAAAPoAAAAEHNvbWVzYWx0c29tZXNhbHSCgudwh7CAXnxX1t8ORhcOgZdxtGWB4ZY7V0Aiv1mhRA==",
	"ASP.NET Core Identity 2":  "AHNvbWVzYWx0c29tZXNhbHT6WHrufw/C4i3u6FbC78xR0rtAquqIqb8j15LaZ5+y0Q==",
	"Argon2i":                  argon2i(),
	"Argon2id of other cost":   phc(password, "somesaltsomesalt", 4096, 1, 1),
	"Argon2id named by Django": "argon2" + phc(password, "somesaltsomesalt", 4096, 1, 1),
}

func argon2i() string {
	sum := argon2.Key([]byte(password), []byte("somesaltsomesalt"), 3, 64, 1, 32)
	return identity.Argon2Hash("i", 64, 3, 1, []byte("somesaltsomesalt"), sum)
}

func pbkdf2SHA256(t *testing.T, password oauth.Secret) string {
	t.Helper()
	salt := []byte("somesaltsomesalt")
	sum, err := pbkdf2.Key(sha256.New, string(password), salt, 1000, 32)
	if err != nil {
		t.Fatal(err)
	}
	return identity.PBKDF2Hash("sha256", 1000, salt, sum)
}

// An imported hash lets its owner in once, and is one of ours from then on.
func TestAnImportedHashIsRenewedAtTheFirstSignIn(t *testing.T) {
	for name, hash := range importedHashes {
		t.Run(name, func(t *testing.T) {
			table, state := tables(t)
			users := identity.NewUsers(table, state, lockout)
			want := add(t, users, identity.NewUser{Username: "alice", PasswordHash: hash})
			if _, err := users.SignIn(t.Context(), "alice", password+"!", home); code(err) != oauth.InvalidGrant {
				t.Errorf("a wrong password before: %v", err)
			}
			for range 2 {
				if got, err := users.SignIn(t.Context(), "alice", password, home); err != nil || got.ID != want.ID {
					t.Fatalf("sign-in: %v", err)
				}
				kept, _, err := store.Load[struct {
					Hash string `json:"password_hash"`
				}](t.Context(), table, store.Key{Partition: identity.Partition(want.ID), Sort: "user"})
				if err != nil || !strings.HasPrefix(kept.Hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
					t.Fatalf("kept %q, %v", kept.Hash, err)
				}
			}
			if _, err := users.SignIn(t.Context(), "alice", password+"!", home); code(err) != oauth.InvalidGrant {
				t.Errorf("a wrong password after: %v", err)
			}
		})
	}
}

// The vector is of Firebase's own documentation of its algorithm.
func TestFirebaseScrypt(t *testing.T) {
	raw := func(s string) string { return strings.TrimRight(s, "=") }
	hash := "$firebase-scrypt$ln=14,r=8$" + raw("42xEC+ixf3L2lw==") + "$" + raw("Bw==") + "$" +
		raw("jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==") + "$" +
		raw("lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==")
	users := newUsers(t)
	add(t, users, identity.NewUser{Username: "alice", PasswordHash: hash})
	if _, err := users.SignIn(t.Context(), "alice", "user2password", home); code(err) != oauth.InvalidGrant {
		t.Errorf("a wrong password: %v", err)
	}
	if _, err := users.SignIn(t.Context(), "alice", "user1password", home); err != nil {
		t.Error(err)
	}
}

// Other programs hash what was typed; ours is of its normal form, which the renewed
// hash must be of.
func TestAnImportedHashIsOfThePasswordAsTyped(t *testing.T) {
	users := newUsers(t)
	typed := oauth.Secret("ｆｏｕｒ score ﬁve ①")
	add(t, users, identity.NewUser{Username: "alice", PasswordHash: pbkdf2SHA256(t, typed)})
	if _, err := users.SignIn(t.Context(), "alice", "four score five 1", home); code(err) != oauth.InvalidGrant {
		t.Errorf("the normal form, which nobody has hashed yet: %v", err)
	}
	for _, p := range []oauth.Secret{typed, "four score five 1"} {
		if _, err := users.SignIn(t.Context(), "alice", p, home); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
}

// bcrypt looks at 72 bytes: who typed more before still gets in.
func TestALongPasswordOfBcrypt(t *testing.T) {
	users := newUsers(t)
	add(t, users, identity.NewUser{Username: "alice", PasswordHash: "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i"})
	if _, err := users.SignIn(t.Context(), "alice", oauth.Secret(strings.Repeat("x", 80)), home); err != nil {
		t.Error(err)
	}
}

func TestImportedHashesThatAreRefused(t *testing.T) {
	users := newUsers(t)
	b64 := base64.RawStdEncoding.EncodeToString
	salt, sum := b64([]byte("somesaltsomesalt")), strings.Repeat("A", 43)
	tail := strings.Repeat("a", 53)
	for name, hash := range map[string]string{
		"bcrypt that takes a minute":       "$2b$20$" + tail,
		"bcrypt that takes two seconds":    "$2b$15$" + tail,
		"bcrypt of cost 3":                 "$2b$03$" + tail,
		"bcrypt of cost 99":                "$2b$99$" + tail,
		"bcrypt's broken version":          "$2x$10$" + tail,
		"bcrypt's first version":           "$2$10$" + tail,
		"bcrypt, too short":                "$2b$10$" + tail[1:],
		"bcrypt, too long":                 "$2b$10$" + tail + "a",
		"bcrypt, another alphabet":         "$2b$10$" + tail[1:] + "+",
		"bcrypt, a line break":             "$2b$10$" + tail[1:] + "\n",
		"scrypt of 1 GiB":                  "$scrypt$ln=20,r=8,p=1$" + salt + "$" + sum,
		"scrypt of 288 MiB":                "$scrypt$ln=18,r=9,p=1$" + salt + "$" + sum,
		"scrypt of many lanes":             "$scrypt$ln=15,r=8,p=16$" + salt + "$" + sum,
		"scrypt of no blocks":              "$scrypt$ln=15,r=0,p=1$" + salt + "$" + sum,
		"scrypt of negative blocks":        "$scrypt$ln=15,r=-8,p=1$" + salt + "$" + sum,
		"scrypt of 2^64":                   "$scrypt$ln=64,r=8,p=1$" + salt + "$" + sum,
		"scrypt, another order":            "$scrypt$r=8,ln=15,p=1$" + salt + "$" + sum,
		"scrypt, no sum":                   "$scrypt$ln=15,r=8,p=1$" + salt + "$",
		"scrypt, no salt":                  "$scrypt$ln=15,r=8,p=1$$" + sum,
		"Firebase of 1 GiB":                "$firebase-scrypt$ln=20,r=8$" + salt + "$Bw$" + sum + "$" + sum,
		"Firebase without a signer key":    "$firebase-scrypt$ln=14,r=8$" + salt + "$Bw$$" + sum,
		"Firebase, nothing but commas":     "$firebase-scrypt$ln=14,r=8$" + salt + "$Bw$" + sum + "$",
		"PBKDF2 of a billion iterations":   "$pbkdf2-sha256$i=1000000000$" + salt + "$" + sum,
		"PBKDF2 of more than fit":          "$pbkdf2-sha256$i=99999999999999999999$" + salt + "$" + sum,
		"PBKDF2 of no iteration":           "$pbkdf2-sha256$i=0$" + salt + "$" + sum,
		"PBKDF2 of negative iterations":    "$pbkdf2-sha256$i=-1$" + salt + "$" + sum,
		"PBKDF2 of many blocks":            "$pbkdf2-sha1$i=2000000$" + salt + "$" + b64(make([]byte, 64)),
		"PBKDF2 of MD5":                    "$pbkdf2-md5$i=1000$" + salt + "$" + sum,
		"PBKDF2, a sum of a megabyte":      "$pbkdf2-sha256$i=1000$" + salt + "$" + strings.Repeat("A", 1<<20),
		"PBKDF2, a sum of no bytes":        "$pbkdf2-sha256$i=1000$" + salt + "$",
		"Django, an unknown digest":        "pbkdf2_md5$1000$seasalt$" + sum + "=",
		"Django, a hash of bcrypt's input": "bcrypt_sha256$$2b$12$" + tail,
		"Django, no salt":                  "pbkdf2_sha256$1000$$" + sum + "=",
		"ASP.NET, a billion iterations":    base64.StdEncoding.EncodeToString(append([]byte{1, 0, 0, 0, 1, 0x3b, 0x9a, 0xca, 0, 0, 0, 0, 16}, make([]byte, 48)...)),
		"ASP.NET, a salt beyond the end":   base64.StdEncoding.EncodeToString(append([]byte{1, 0, 0, 0, 1, 0, 0, 3, 0xe8, 0, 0, 0, 60}, make([]byte, 48)...)),
		"ASP.NET, another version":         base64.StdEncoding.EncodeToString(append([]byte{2, 0, 0, 0, 1, 0, 0, 3, 0xe8, 0, 0, 0, 16}, make([]byte, 48)...)),
		"ASP.NET, a fourth digest":         base64.StdEncoding.EncodeToString(append([]byte{1, 0, 0, 0, 3, 0, 0, 3, 0xe8, 0, 0, 0, 16}, make([]byte, 48)...)),
		"Argon2i of 4 GiB":                 "$argon2i$v=19$m=4194304,t=2,p=1$" + salt + "$" + sum,
		"Argon2d":                          "$argon2d$v=19$m=19456,t=2,p=1$" + salt + "$" + sum,
		"MD5 of crypt":                     "$1$seasalt$XXXXXXXXXXXXXXXXXXXXXX",
		"bare MD5":                         "5f4dcc3b5aa765d61d8327deb882cf99",
		"a password by mistake":            "Antediluvian battery staple",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := users.Add(t.Context(), identity.NewUser{Username: "alice", PasswordHash: hash})
			if code(err) != oauth.InvalidRequest {
				t.Errorf("got %v, want invalid_request", err)
			}
			if err != nil && (strings.Contains(err.Error(), "battery") || strings.Contains(err.Error(), "5f4dcc")) {
				t.Errorf("the error shows what was given: %v", err)
			}
		})
	}
}

// Where hashes were imported, nobody can tell by the work who has one.
func TestO37TheSameWorkForImportedHashes(t *testing.T) {
	table, state := tables(t)
	counter := &readCounter{Table: table}
	users := identity.NewUsers(counter, state, lockout)
	add(t, users, identity.NewUser{Username: "ours", Password: password})
	add(t, users, identity.NewUser{Username: "passwordless"})
	add(t, users, identity.NewUser{Username: "theirs", PasswordHash: importedHashes["bcrypt 2b"]})
	add(t, users, identity.NewUser{Username: "disabled", PasswordHash: importedHashes["bcrypt 2b"], Disabled: true})
	// Another instance, which has not imported anything, knows as well.
	elsewhere := identity.NewUsers(counter, state, lockout)
	_, _ = elsewhere.SignIn(t.Context(), "nobody", password, home)
	for name, c := range map[string]struct {
		username string
		password oauth.Secret
	}{
		"ours, wrong password":              {"ours", "not the password"},
		"theirs, wrong password":            {"theirs", "not the password"},
		"theirs, disabled, right password":  {"disabled", password},
		"unknown":                           {"unknown", password},
		"a user who has no password at all": {"passwordless", password},
	} {
		t.Run(name, func(t *testing.T) {
			hashes, reads := elsewhere.HashCalls(), counter.reads.Load()
			if _, err := elsewhere.SignIn(t.Context(), c.username, c.password, home); code(err) != oauth.InvalidGrant {
				t.Fatal(err)
			}
			hashes, reads = elsewhere.HashCalls()-hashes, counter.reads.Load()-reads
			if hashes != 2 || reads != 2 {
				t.Errorf("%d hash calls and %d reads, want 2 and 2", hashes, reads)
			}
		})
	}
	for _, username := range []string{"ours", "theirs"} {
		before := elsewhere.HashCalls()
		if _, err := elsewhere.SignIn(t.Context(), username, password, home); err != nil {
			t.Fatal(err)
		}
		if n := elsewhere.HashCalls() - before; n != 2 {
			t.Errorf("%s, right password: %d hash calls, want 2", username, n)
		}
	}
}

// The cost that is levelled to is the highest, and no hash that belongs to anybody.
func TestO37LevelsToTheCostliestHash(t *testing.T) {
	table, state := tables(t)
	for _, name := range []string{"bcrypt 2b", "PBKDF2 with SHA-256", "scrypt"} {
		add(t, identity.NewUsers(table, state, lockout), identity.NewUser{Username: strings.ReplaceAll(name, " ", ""), PasswordHash: importedHashes[name]})
	}
	kept, _, err := store.Load[struct{ Hash string }](t.Context(), table, store.Key{Partition: "imported-hashes", Sort: "costliest"})
	if want := "$scrypt$ln=10,r=8,p=1$" + strings.Repeat("A", 22) + "$" + strings.Repeat("A", 43); err != nil || kept.Hash != want {
		t.Errorf("got %q, %v, want %q", kept.Hash, err, want)
	}
}
