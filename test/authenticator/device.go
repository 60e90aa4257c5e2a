// Package authenticator is a passkey in software, for tests: it answers what a page asks
// a browser, and lies where it is told to.
package authenticator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// Device holds one passkey. A test changes its members to have it lie.
type Device struct {
	t testing.TB

	ID         []byte
	UserHandle []byte
	Count      uint32 // of the last signature; 0 stays 0
	Verifies   bool   // its user, by a finger or a PIN
	Synced     bool
	Origin     string // of the page that it believes to be on
	RPID       string // in place of the one asked for
	Type       string // in place of webauthn.create and webauthn.get
	Challenge  string // in place of the one asked for
	Framed     bool   // the page is in a frame of another site

	key *ecdsa.PrivateKey
}

// New returns a device that is honest about pages of the origin.
func New(t testing.TB, origin string) *Device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &Device{t: t, ID: id, Count: 1, Verifies: true, Origin: origin, key: key}
}

// asked is what of a page's options a device looks at.
type asked struct {
	Challenge string `json:"challenge"`
	RPID      string `json:"rpId"`
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
}

func (d *Device) read(options string) asked {
	d.t.Helper()
	var a asked
	if err := json.Unmarshal([]byte(options), &a); err != nil {
		d.t.Fatalf("options %s: %v", options, err)
	}
	if a.RPID == "" {
		a.RPID = a.RP.ID
	}
	if d.RPID != "" {
		a.RPID = d.RPID
	}
	if d.Challenge != "" {
		a.Challenge = d.Challenge
	}
	return a
}

// Create answers the options of a page that wants a passkey made.
func (d *Device) Create(options string) string {
	d.t.Helper()
	a := d.read(options)
	d.UserHandle = unbase64(d.t, a.User.ID)
	public, err := d.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		d.t.Fatal(err)
	}
	cose := concat([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32}, public[1:33], []byte{0x22, 0x58, 32}, public[33:])
	data := d.authenticatorData(a.RPID, 0x40)
	data = concat(data, make([]byte, 16), binary.BigEndian.AppendUint16(nil, uint16(len(d.ID))), d.ID, cose)
	object := concat([]byte{0xa3, 0x63}, []byte("fmt"), []byte{0x64}, []byte("none"), []byte{0x67}, []byte("attStmt"), []byte{0xa0, 0x68}, []byte("authData"),
		[]byte{0x59}, binary.BigEndian.AppendUint16(nil, uint16(len(data))), data)
	return d.answer(map[string]any{
		"clientDataJSON": base64url(d.clientData("webauthn.create", a)), "attestationObject": base64url(object), "transports": []string{"internal"},
	})
}

// Get answers the options of a page that wants a passkey.
func (d *Device) Get(options string) string {
	d.t.Helper()
	a := d.read(options)
	if d.Count != 0 {
		d.Count++
	}
	data, client := d.authenticatorData(a.RPID, 0), d.clientData("webauthn.get", a)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(concat(data, hash[:]))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	if err != nil {
		d.t.Fatal(err)
	}
	response := map[string]any{"clientDataJSON": base64url(client), "authenticatorData": base64url(data), "signature": base64url(signature)}
	if d.UserHandle != nil {
		response["userHandle"] = base64url(d.UserHandle)
	}
	return d.answer(response)
}

func (d *Device) answer(response map[string]any) string {
	text, err := json.Marshal(map[string]any{
		"id": base64url(d.ID), "rawId": base64url(d.ID), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

// authenticatorData is what is signed (Web Authentication Level 3 §6.1).
func (d *Device) authenticatorData(rpID string, flags byte) []byte {
	flags |= 0x01
	if d.Verifies {
		flags |= 0x04
	}
	if d.Synced {
		flags |= 0x18
	}
	hash := sha256.Sum256([]byte(rpID))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), d.Count)
}

func (d *Device) clientData(kind string, a asked) []byte {
	if d.Type != "" {
		kind = d.Type
	}
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": a.Challenge, "origin": d.Origin, "crossOrigin": d.Framed})
	if err != nil {
		d.t.Fatal(err)
	}
	return text
}

func concat(parts ...[]byte) []byte {
	var all []byte
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func unbase64(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
