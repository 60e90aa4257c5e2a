package audit

import "slices"

// Meaning is what a kind says.
type Meaning struct {
	Kind    Kind   `json:"kind"`
	Meaning string `json:"meaning"`
}

// Catalogue is the table of all kinds: docs/audit.md shows it. A kind that is not in
// it is never recorded, and one that is in it is recorded somewhere; test/audit holds
// both.
func Catalogue() []Meaning {
	return slices.Concat(signingIn(), accounts(), consents(), clientsAndKeys(), groups(), otherProviders(), administration())
}

// Signing in and out.
const (
	SignInSucceeded     Kind = "sign_in.succeeded"
	SignInFailed        Kind = "sign_in.failed"
	SignInDelayed       Kind = "sign_in.delayed"
	SignInLocked        Kind = "sign_in.locked"
	SignedOut           Kind = "sign_out"
	SignedOutEverywhere Kind = "sign_out.everywhere"
	SessionEnded        Kind = "session.ended"
)

func signingIn() []Meaning {
	return []Meaning{
		{SignInSucceeded, "A person proved who they are; `method` says how."},
		{SignInFailed, "A wrong password, an unknown name or a disabled account. Of an unknown name nothing is kept but the address."},
		{SignInDelayed, "Guesses came so fast that the next has to wait. Once per lockout window, account and network."},
		{SignInLocked, "The last guess of a lockout window was used up, of an account (`sub`) or of an address. Once per window."},
		{SignedOut, "A person ended their session."},
		{SignedOutEverywhere, "All sessions and grants of a person ended at once."},
		{SessionEnded, "A session was ended by somebody or something else than its person's sign-out."},
	}
}

// People and their accounts.
const (
	InvitationSent      Kind = "invitation.sent"
	InvitationWithdrawn Kind = "invitation.withdrawn"
	UserSignedUp        Kind = "user.signed_up"
	UserMovedIn         Kind = "user.moved_in"
	UserCreated         Kind = "user.created"
	UserImported        Kind = "user.imported"
	UserChanged         Kind = "user.changed"
	UserDisabled        Kind = "user.disabled"
	UserEnabled         Kind = "user.enabled"
	UserUnlocked        Kind = "user.unlocked"
	UserDeleted         Kind = "user.deleted"
	PasswordChanged     Kind = "password.changed"
	PasswordResetAsked  Kind = "password.reset_asked"
	PasswordReset       Kind = "password.reset"
	EmailChanged        Kind = "email.changed"
	FactorAdded         Kind = "factor.added"
	FactorRemoved       Kind = "factor.removed"
	FactorRefused       Kind = "factor.refused"
	RecoveryCodesMade   Kind = "recovery_codes.made"
	RecoveryCodeUsed    Kind = "recovery_code.used"
)

func accounts() []Meaning {
	return []Meaning{
		{InvitationSent, "Somebody was invited to have an account, or got another link: `method` says by mail or by hand, `object` into which groups."},
		{InvitationWithdrawn, "An open invitation was withdrawn."},
		{UserSignedUp, "A person made themselves an account."},
		{UserMovedIn, "The old system vouched for a person at their first sign-in here, and they have an account now."},
		{UserCreated, "An account was made for a person."},
		{UserImported, "An account came out of a file or an archive."},
		{UserChanged, "An account's data were changed; `changed` names which."},
		{UserDisabled, "A person may not sign in any more."},
		{UserEnabled, "A disabled person may sign in again."},
		{UserUnlocked, "The wrong passwords that an account had received were forgotten, so that it is not locked."},
		{UserDeleted, "An account was deleted."},
		{PasswordChanged, "A new password was set, in whatever way."},
		{PasswordResetAsked, "A link to set a new password was asked for. Of an unknown name nothing is kept but the address."},
		{PasswordReset, "A link in a mail was used to set a new password; `password.changed` stands beside it."},
		{EmailChanged, "A person confirmed a new e-mail address."},
		{FactorAdded, "A person can prove who they are by something more: `method` says by what kind, `object` by which passkey."},
		{FactorRemoved, "A passkey, an authenticator app or the recovery codes of a person were removed."},
		{FactorRefused, "A code was wrong or had been used, or what a passkey signed was not good; one whose count went back was copied."},
		{RecoveryCodesMade, "A person has new recovery codes, and the ones before are void."},
		{RecoveryCodeUsed, "A person used up one of their recovery codes."},
	}
}

// What people let clients do.
const (
	ConsentGiven       Kind = "consent.given"
	ConsentWithdrawn   Kind = "consent.withdrawn"
	GrantEnded         Kind = "grant.ended"
	CodeReplayed       Kind = "code.replayed"
	RefreshTokenReused Kind = "refresh_token.reused"
	TokenRevoked       Kind = "token.revoked"
)

func consents() []Meaning {
	return []Meaning{
		{ConsentGiven, "A person let a client have something."},
		{ConsentWithdrawn, "What a client was allowed was taken back."},
		{GrantEnded, "A client's refresh token and the access tokens of its grant are void."},
		{CodeReplayed, "An authorization code came a second time: what it gave was taken back."},
		{RefreshTokenReused, "An old refresh token came again, so it was stolen, and its grant was ended."},
		{TokenRevoked, "A client gave a token back."},
	}
}

// Clients and keys.
const (
	ClientRegistered         Kind = "client.registered"
	ClientChanged            Kind = "client.changed"
	ClientSecretRotated      Kind = "client.secret_rotated"
	ClientSecretWithdrawn    Kind = "client.secret_withdrawn"
	ClientDeleted            Kind = "client.deleted"
	ClientLocked             Kind = "client.locked"
	RegistrationTokenMade    Kind = "registration_token.made"
	RegistrationTokenRevoked Kind = "registration_token.revoked"
	APIKeyMade               Kind = "api_key.made"
	APIKeyDisabled           Kind = "api_key.disabled"
	APIKeyEnabled            Kind = "api_key.enabled"
	APIKeyRevoked            Kind = "api_key.revoked"
	KeysRotated              Kind = "keys.rotated"
	KeysWithdrawn            Kind = "keys.withdrawn"
)

func clientsAndKeys() []Meaning {
	return []Meaning{
		{ClientRegistered, "A client was made, by an administrator or by itself."},
		{ClientChanged, "A client's metadata were changed; `changed` names which."},
		{ClientSecretRotated, "A client has a new secret; `method` says whether the one before ended at once."},
		{ClientSecretWithdrawn, "One of a client's two secrets was ended; `method` says which."},
		{ClientDeleted, "A client was deleted."},
		{ClientLocked, "Too many wrong secrets came for a client from one network. Once per window."},
		{RegistrationTokenMade, "A token was made by which clients register themselves."},
		{RegistrationTokenRevoked, "Such a token was revoked."},
		{APIKeyMade, "An API key was made."},
		{APIKeyDisabled, "An API key was put on hold."},
		{APIKeyEnabled, "An API key on hold is good again."},
		{APIKeyRevoked, "An API key was deleted."},
		{KeysRotated, "The set of signing keys changed; `changed` names new and removed keys."},
		{KeysWithdrawn, "Signing keys were withdrawn before their time: all that they signed is void."},
	}
}

// Groups and attributes.
const (
	GroupMade        Kind = "group.made"
	GroupChanged     Kind = "group.changed"
	GroupDeleted     Kind = "group.deleted"
	GroupJoined      Kind = "group.joined"
	GroupLeft        Kind = "group.left"
	AttributeMade    Kind = "attribute.made"
	AttributeChanged Kind = "attribute.changed"
	AttributeDeleted Kind = "attribute.deleted"
)

func groups() []Meaning {
	return []Meaning{
		{GroupMade, "A group was made, which `object` names, as in all of these."},
		{GroupChanged, "What a group says of its members was changed; `changed` names which."},
		{GroupDeleted, "A group was deleted, and everybody is out of it."},
		{GroupJoined, "A person belongs to a group from now on: of `administrators`, too."},
		{GroupLeft, "A person was taken out of a group."},
		{AttributeMade, "People may have an attribute, which `object` names."},
		{AttributeChanged, "What an attribute is was changed; `changed` names which."},
		{AttributeDeleted, "An attribute is said of nobody any more."},
	}
}

// Other identity providers.
const (
	IdentityLinked     Kind = "identity.linked"
	IdentityUnlinked   Kind = "identity.unlinked"
	IdentityRefused    Kind = "identity.refused"
	ProviderTokenGiven Kind = "provider_token.given"
	ProviderAdded      Kind = "provider.added"
	ProviderChanged    Kind = "provider.changed"
	ProviderDeleted    Kind = "provider.deleted"
)

func otherProviders() []Meaning {
	return []Meaning{
		{IdentityLinked, "A person can sign in by another provider, which `object` names."},
		{IdentityUnlinked, "A person cannot sign in by another provider any more."},
		{IdentityRefused, "Another provider, which `object` names, said no, or what it said was not believed, or it is of nobody here."},
		{ProviderTokenGiven, "A client was given the access token of a person at another provider, which `object` names; refused: the provider renews it no more."},
		{ProviderAdded, "People can sign in by another provider."},
		{ProviderChanged, "The settings of another provider were changed; `changed` names which."},
		{ProviderDeleted, "Another provider was deleted."},
	}
}

// Administration.
const (
	AdministrationAnnounced Kind = "administration.announced"
	AdministrationRefused   Kind = "administration.refused"
	DataExported            Kind = "data.exported"
	DataImported            Kind = "data.imported"
)

func administration() []Meaning {
	return []Meaning{
		{AdministrationAnnounced, "An administrator or the command line is about to change something, which `object` names. Where this cannot be kept, nothing is changed."},
		{AdministrationRefused, "Somebody who is known here wanted to administer something that they may not, which `object` names. Ten times per lockout window at most."},
		{DataExported, "Records were written to a file: `object` names which."},
		{DataImported, "Records were read from a file: `object` names which."},
	}
}
