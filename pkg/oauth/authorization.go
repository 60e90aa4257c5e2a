package oauth

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

	AMRPassword = "pwd" // RFC 8176 §2
)
