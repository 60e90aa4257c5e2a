package oauth

// Media types of the JWTs that are minted: the typ header (RFC 8725 §3.11).
const (
	TypAccessToken = "at+jwt" // RFC 9068 §2.1
	TypIDToken     = "JWT"
	TypLogoutToken = "logout+jwt"     // OpenID Connect Back-Channel Logout §2.4
	TypStatusList  = "statuslist+jwt" // Token Status List §5.1
)

// LogoutEvent is the member of events that marks a logout token (OpenID Connect
// Back-Channel Logout §2.4).
const LogoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// StandardClaims are the claims about a person that OpenID Connect Core §5.1
// defines, with its types. A zero member is left out.
type StandardClaims struct {
	Name                string         `json:"name,omitempty"`
	GivenName           string         `json:"given_name,omitempty"`
	FamilyName          string         `json:"family_name,omitempty"`
	MiddleName          string         `json:"middle_name,omitempty"`
	Nickname            string         `json:"nickname,omitempty"`
	PreferredUsername   string         `json:"preferred_username,omitempty"`
	Profile             string         `json:"profile,omitempty"`
	Picture             string         `json:"picture,omitempty"`
	Website             string         `json:"website,omitempty"`
	Gender              string         `json:"gender,omitempty"`
	Birthdate           string         `json:"birthdate,omitempty"`
	Zoneinfo            string         `json:"zoneinfo,omitempty"`
	Locale              string         `json:"locale,omitempty"`
	UpdatedAt           int64          `json:"updated_at,omitempty"` // seconds since 1970
	Email               string         `json:"email,omitempty"`
	EmailVerified       *bool          `json:"email_verified,omitempty"`
	PhoneNumber         string         `json:"phone_number,omitempty"`
	PhoneNumberVerified *bool          `json:"phone_number_verified,omitempty"`
	Address             *PostalAddress `json:"address,omitempty"`
}

// PostalAddress is the address claim (OpenID Connect Core §5.1.1).
type PostalAddress struct {
	Formatted     string `json:"formatted,omitempty"`
	StreetAddress string `json:"street_address,omitempty"`
	Locality      string `json:"locality,omitempty"`
	Region        string `json:"region,omitempty"`
	PostalCode    string `json:"postal_code,omitempty"`
	Country       string `json:"country,omitempty"`
}

// ScopeClaims says which claims a scope value asks for (OpenID Connect Core
// §5.4). Discovery computes scopes_supported and claims_supported from it.
func ScopeClaims() map[string][]string {
	return map[string][]string{
		Profile: {
			"name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile",
			"picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
		},
		Email:   {"email", "email_verified"},
		Address: {"address"},
		Phone:   {"phone_number", "phone_number_verified"},
		Groups:  {Groups}, // RFC 9068 §2.2.3.1, as the next
		Roles:   {Roles},
	}
}
