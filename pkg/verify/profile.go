package verify

// Profile is what kind of token an issuer writes.
type Profile string

// The profiles.
const (
	ProfileRFC9068 Profile = "rfc9068"       // access tokens as RFC 9068 has them
	ProfileIDToken Profile = "oidc-id-token" // id_tokens: OpenID Connect Core §2
	ProfileCognito Profile = "cognito"       // access tokens of Amazon Cognito user pools
	ProfileEntra   Profile = "entra"         // access tokens of Microsoft Entra ID, for APIs of one's own
	ProfileHS256   Profile = "hs256"         // of services that share a secret
)

// Profiles returns all of them.
func Profiles() []Profile {
	return []Profile{ProfileRFC9068, ProfileIDToken, ProfileCognito, ProfileEntra, ProfileHS256}
}
