package oauth

import "slices"

// ResponseMode says how an authorization response travels (OAuth 2.0 Multiple
// Response Type Encoding Practices §2.1, OAuth 2.0 Form Post Response Mode §2).
type ResponseMode string

// The response modes that work with the code response type. A fragment would hand
// the code to scripts, so it is not one of them.
const (
	Query    ResponseMode = "query"
	FormPost ResponseMode = "form_post"
)

// ResponseTypeCode is the one response type there is (RFC 6749 §3.1.1; the others
// put tokens into URLs: RFC 9700 §2.1.2).
const ResponseTypeCode = "code"

// Prompt is what a client wants a person to be asked (OpenID Connect Core §3.1.2.1).
type Prompt string

// Prompt values.
const (
	PromptNone          Prompt = "none"
	PromptLogin         Prompt = "login"
	PromptConsent       Prompt = "consent"
	PromptSelectAccount Prompt = "select_account"
	PromptCreate        Prompt = "create" // Initiating User Registration §4
)

// CodeChallengeMethodS256 is the one way to make a challenge of a verifier (RFC
// 7636 §4.2). The plain method is not offered (RFC 9700 §2.1.1).
const CodeChallengeMethodS256 = "S256"

// SubjectType says whether clients see the same sub (OpenID Connect Core §8).
type SubjectType string

// Subject types.
const (
	PublicSubject   SubjectType = "public"
	PairwiseSubject SubjectType = "pairwise"
)

// How well and by what people prove who they are.
const (
	// ACRPassword is a password over an encrypted connection (OpenID Connect Core §2,
	// acr; the name is SAML's, which other software knows).
	ACRPassword = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"

	// ACRMultiFactor is two factors, or a passkey that has verified its user (REFEDS MFA
	// Profile §4, by the name that other software knows).
	ACRMultiFactor = "https://refeds.org/profile/mfa"

	AMRPassword    = "pwd"  // RFC 8176 §2, as all of these
	AMROneTime     = "otp"  // a code of an authenticator app, or a recovery code
	AMRHardwareKey = "hwk"  // a passkey that cannot leave its device
	AMRSoftwareKey = "swk"  // a passkey that may be on several
	AMRUser        = "user" // its user was verified there
	AMRMultiFactor = "mfa"
	AMRFederated   = "fed" // another provider vouches for the person; a word of ours
)

// ACRValues are the classes of sign-in that there are, the weakest first; each
// includes those before it. Discovery reads it.
func ACRValues() []string { return []string{ACRPassword, ACRMultiFactor} }

// ACRCovers reports whether a sign-in of the class is one of those wanted, or includes
// one.
func ACRCovers(class string, wanted []string) bool {
	is := func(each string) bool { return slices.Contains(wanted, each) }
	included := ACRValues()[:slices.Index(ACRValues(), class)+1]
	return is(class) || slices.ContainsFunc(included, is)
}
