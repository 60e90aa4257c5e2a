package identity

import "testing"

// A hash that can be kept is one that parses again, is not absurd to check, and has a
// blank of the same cost, which is none of its own.
func FuzzKeptHash(f *testing.F) {
	for _, s := range []string{
		"$2b$05$abcdefghijklmnopqrstuuW.xLv3X06oONAO1cydtXgNVkK9MCbhu",
		"$scrypt$ln=10,r=8,p=1$c29tZXNhbHRzb21lc2FsdA$wGnBCnEwoz0w0xWHakECpOY/FiyqPrgcnmw/s9D+qD0",
		"$firebase-scrypt$ln=14,r=8$42xEC+ixf3L2lw$Bw$c29tZXNhbHRzb21lc2FsdA$c29tZXNhbHRzb21lc2FsdA",
		"$pbkdf2-sha256$i=1000,l=32$c29tZXNhbHRzb21lc2FsdA$31+wv4bdN2ffpYxpjNodJ6cX21Nk7e/xJaTBZFCrGNM",
		"$argon2i$v=19$m=64,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$31+wv4bdN2ffpYxpjNodJ6cX21Nk7e/xJaTBZFCrGNM",
		"pbkdf2_sha256$1000$seasalt$QWoXE65CUx7rqkdSTxx2oZO+Z6hVpJsEtst4H7kTZVY=",
		"AQAAAAIAAAPoAAAAEHNvbWVzYWx0c29tZXNhbHSCgudwh7CAXnxX1t8ORhcOgZdxtGWB4ZY7V0Aiv1mhRA==",
		"AHNvbWVzYWx0c29tZXNhbHT6WHrufw/C4i3u6FbC78xR0rtAquqIqb8j15LaZ5+y0Q==",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		kept, err := keptHash(s)
		if err != nil {
			return
		}
		if again, err := keptHash(kept); err != nil || again != kept {
			t.Fatalf("%q is kept as %q, and that as %q, %v", s, kept, again, err)
		}
		hash, err := parseImported(kept)
		if err != nil {
			t.Fatalf("%q is kept as %q: %v", s, kept, err)
		}
		if hash == nil {
			return // ours
		}
		blank, err := parseImported(hash.blank())
		if err != nil || blank.work() != hash.work() || hash.work() > maxImportedWork {
			t.Fatalf("%q: work %s, of its blank %q: %v", kept, hash.work(), hash.blank(), err)
		}
	})
}
