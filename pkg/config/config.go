// Package config answers "how was this deployed?": the environment, read once
// into one struct, every fault reported at once. Nothing else reads the
// environment.
package config

import (
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Config is every setting. The comment of a field is its reference: what it
// means and what it may hold; docs/configuration.md is generated from it.
type Config struct {
	// The issuer identifier, compared byte for byte everywhere: an https URL without
	// query, fragment or trailing slash. http is accepted for localhost and loopback
	// addresses only.
	Issuer string `env:"ISSUER"`

	// The DynamoDB table of what must last: users, clients, keys.
	UserTable string `env:"USER_TABLE"`

	// The DynamoDB table of what passes: sessions, grants, counters.
	StateTable string `env:"STATE_TABLE"`

	// The DynamoDB table of what happened, to which events are only ever added:
	// docs/audit.md. A function without it writes events to its log alone.
	AuditTable string `env:"AUDIT_TABLE"`

	// How long events are kept: 24h to 87600h.
	AuditRetention time.Duration `env:"AUDIT_RETENTION" envDefault:"8760h" min:"24h" max:"87600h"`

	// The EventBridge bus, by name, that functions/audit publishes events to: default is
	// every account's. Empty: none.
	AuditEventBus string `env:"AUDIT_EVENT_BUS"`

	// A file of ostiary serve, to which every event is appended as a line of JSON, a few
	// seconds after it happened. Empty: none.
	AuditFile string `env:"AUDIT_FILE"`

	// The KMS key, by ARN or alias, that wraps the data key under which signing keys
	// and shared secrets are sealed.
	KMSKeyID string `env:"KMS_KEY_ID"`

	// What holds the private keys that are to sign: ring, where they are made here and
	// sealed, or kms, which they never leave and where you make them.
	Signing string `env:"SIGNING" envDefault:"ring" oneof:"ring kms"`

	// The KMS keys, by ARN, that may sign by ES256: docs/operations.md. The last one is
	// to sign; those before it are asked until it does.
	KMSES256Keys []string `env:"KMS_ES256_KEYS"`

	// The KMS keys that may sign by RS256, in the same way.
	KMSRS256Keys []string `env:"KMS_RS256_KEYS"`

	// The KMS keys that may sign by PS256, in the same way.
	KMSPS256Keys []string `env:"KMS_PS256_KEYS"`

	// The client that a password request without client_id is taken for, such as the
	// authorise button of Swagger UI sends. Empty: such requests are refused.
	DefaultClient string `env:"DEFAULT_CLIENT"`

	// The aud of access tokens for which no resource was requested. Empty: the issuer.
	DefaultAudience string `env:"DEFAULT_AUDIENCE"`

	// How long an access token lives: 1m to 24h.
	AccessTokenLifetime time.Duration `env:"ACCESS_TOKEN_LIFETIME" envDefault:"1h" min:"1m" max:"24h"`

	// How long an id_token lives: 1m to 24h.
	IDTokenLifetime time.Duration `env:"ID_TOKEN_LIFETIME" envDefault:"1h" min:"1m" max:"24h"`

	// How long a refresh token that is not used stays good: 1m to 8760h.
	RefreshIdleLifetime time.Duration `env:"REFRESH_IDLE_LIFETIME" envDefault:"720h" min:"1m" max:"8760h"`

	// How long refreshing can go on without a new sign-in: 1m to 43800h.
	RefreshLifetime time.Duration `env:"REFRESH_LIFETIME" envDefault:"8760h" min:"1m" max:"43800h"`

	// How long the refresh token before the current one still gets the current one
	// again, so that a lost response costs nothing: 0s to 60s.
	RefreshGrace time.Duration `env:"REFRESH_GRACE" envDefault:"10s" min:"0s" max:"60s"`

	// How long a session that is not used stays good: 5m to 8760h.
	SessionIdleLifetime time.Duration `env:"SESSION_IDLE_LIFETIME" envDefault:"24h" min:"5m" max:"8760h"`

	// How long a session can go on without a new sign-in: 5m to 8760h.
	SessionLifetime time.Duration `env:"SESSION_LIFETIME" envDefault:"720h" min:"5m" max:"8760h"`

	// What the pages are called: a company's or a product's name. Empty: the issuer's host.
	ThemeName string `env:"THEME_NAME"`

	// A picture to show instead of the name, 40 pixels high: an https URL. Empty: none.
	ThemeLogoURI string `env:"THEME_LOGO_URI"`

	// The colour of buttons and links. Where text in it could not be read, a lighter or
	// darker one is used.
	ThemeColor string `env:"THEME_COLOR" envDefault:"#4353d9"`

	// Your privacy policy, to which the pages link: an https URL. Empty: no link.
	PolicyURI string `env:"POLICY_URI"`

	// Your terms of service, to which the pages link: an https URL. Empty: no link.
	TosURI string `env:"TOS_URI"`

	// A folder with templates, style and texts that replace those built in, file by
	// file, as docs/theming.md says. Empty: none.
	TemplateDir string `env:"TEMPLATE_DIR"`

	// How long a signing key is used before the next one takes over: 24h to 17520h.
	KeyLifetime time.Duration `env:"KEY_LIFETIME" envDefault:"2160h" min:"24h" max:"17520h"`

	// How long a new signing key is published before it signs: 10m to 720h, and at
	// least twice as long as key sets are cached.
	KeyPublishAhead time.Duration `env:"KEY_PUBLISH_AHEAD" envDefault:"24h" min:"10m" max:"720h"`

	// How many wrong passwords an account may receive in a lockout window: 3 to 100.
	LockoutAttempts int `env:"LOCKOUT_ATTEMPTS" envDefault:"10" min:"3" max:"100"`

	// How many sign-in attempts an address may make in a lockout window: 10 to 100000.
	LockoutAddressAttempts int `env:"LOCKOUT_ADDRESS_ATTEMPTS" envDefault:"100" min:"10" max:"100000"`

	// The length of a lockout window: 1m to 24h.
	LockoutWindow time.Duration `env:"LOCKOUT_WINDOW" envDefault:"15m" min:"1m" max:"24h"`

	// Whether a password that somebody chooses is looked up in a list of leaked ones: off or
	// on. Five hex digits of its SHA-1 leave, and nothing else: docs/self-service.md.
	PasswordBreachCheck string `env:"PASSWORD_BREACH_CHECK" envDefault:"off" oneof:"off on"`

	// The range API of Have I Been Pwned, or of a mirror: five digits are put behind it.
	PasswordBreachURI string `env:"PASSWORD_BREACH_URI" envDefault:"https://api.pwnedpasswords.com/range/"`

	// The https URL that is asked about people whom nobody knows here, with their
	// username and password, so that they move in from another system when they first
	// sign in: docs/import.md. Empty: nobody moves in.
	MigrationHookURI string `env:"MIGRATION_HOOK_URI"`

	// The secret, of at least 32 bytes, that MIGRATION_HOOK_URI knows this provider by.
	MigrationHookSecret oauth.Secret `env:"MIGRATION_HOOK_SECRET"`

	// The https URL that is asked before tokens are made, and may add claims, remove scope
	// or refuse: docs/token-hook.md. Empty: nobody is asked.
	TokenHookURI string `env:"TOKEN_HOOK_URI"`

	// The secret, of at least 32 bytes, that TOKEN_HOOK_URI knows this provider by.
	TokenHookSecret oauth.Secret `env:"TOKEN_HOOK_SECRET"`

	// The Lambda function, by ARN, that is invoked instead of TOKEN_HOOK_URI.
	TokenHookFunction string `env:"TOKEN_HOOK_FUNCTION"`

	// How long a token request waits for the hook: 100ms to 3s.
	TokenHookTimeout time.Duration `env:"TOKEN_HOOK_TIMEOUT" envDefault:"2s" min:"100ms" max:"3s"`

	// What becomes of tokens when the hook does not answer, or answers what it may not:
	// closed makes none, open makes them as if there was no hook.
	TokenHookFailure string `env:"TOKEN_HOOK_FAILURE" envDefault:"closed" oneof:"closed open"`

	// Who may register clients at /register: off for nobody, token for who holds a token
	// made by ostiary client registration-token, open for everybody, which is for
	// certification only.
	Registration string `env:"REGISTRATION" envDefault:"off" oneof:"off token open"`

	// What a client that registers itself may ask for at most, unless its token says
	// otherwise: scope values, separated by spaces.
	RegistrationScope string `env:"REGISTRATION_SCOPE" envDefault:"openid profile email address phone offline_access"`

	// Who may create an account at /sign-up: closed for nobody, domains for who receives
	// mail in one of SIGN_UP_DOMAINS, invited for who has an open invitation, open for who
	// receives mail: docs/self-service.md.
	SignUp string `env:"SIGN_UP" envDefault:"closed" oneof:"closed invited domains open"`

	// The domains of SIGN_UP=domains, each by itself: example.com says nothing of
	// mail.example.com.
	SignUpDomains []string `env:"SIGN_UP_DOMAINS"`

	// How mail leaves: off, smtp by the server of SMTP_URL, ses by Amazon's Simple Email
	// Service, or outbox, into a page of ostiary serve where a developer reads it:
	// docs/mail.md. Where it is off, nothing is offered that needs mail.
	Mail string `env:"MAIL" envDefault:"off" oneof:"off smtp ses outbox"`

	// The address that mail comes from; its name is THEME_NAME. Required unless MAIL is off.
	MailFrom string `env:"MAIL_FROM"`

	// The mail server of MAIL=smtp: smtps://user@host:465, or smtp://user@host:587 for
	// STARTTLS, without which only a server on this machine is spoken to.
	SMTPURL string `env:"SMTP_URL"`

	// The password of the user in SMTP_URL, for whoever drains the outbox.
	SMTPPassword oauth.Secret `env:"SMTP_PASSWORD"`

	// A path prefix, such as a stage or a custom domain's base path, that is removed
	// from a request's path before routing. Empty, or begins with a slash.
	BasePath string `env:"BASE_PATH"`

	// The authorizer: its settings as one JSON document, which replaces the variables
	// below: docs/authorizer.md. Empty: those variables.
	AuthorizerSettings string `env:"AUTHORIZER_SETTINGS"`

	// The authorizer: a file with that document, beside the program.
	AuthorizerSettingsFile string `env:"AUTHORIZER_SETTINGS_FILE"`

	// The authorizer: the identifiers, one of which must stand in a token's aud.
	Audience []string `env:"AUDIENCE"`

	// The authorizer: where the issuer's keys are. Empty: ISSUER followed by /jwks.json.
	JWKSURI string `env:"JWKS_URI"`

	// The authorizer: a file with a JWK set to use instead of fetching one.
	JWKSFile string `env:"JWKS_FILE"`

	// The authorizer: a secret of at least 32 bytes shared with an issuer that signs
	// with HS256. When set, HS256 is the only algorithm accepted.
	HS256Secret oauth.Secret `env:"HS256_SECRET"`

	// The authorizer: what a route demands, as `METHOD /path/{id}=scope scope`,
	// separated by semicolons; a route that is not listed demands nothing. Empty: a
	// good token opens every route.
	RouteScopes string `env:"ROUTE_SCOPES"`

	// The authorizer: claims passed on to the API beside sub, client_id and scope.
	ContextClaims []string `env:"CONTEXT_CLAIMS"`

	// The authorizer: how long API Gateway caches its answers, as configured there:
	// 0s to 1h. It decides how policies are written: above 0 one speaks of every route,
	// so that it may be reused for another; at 0 it speaks of the request alone.
	ResultTTL time.Duration `env:"RESULT_TTL" envDefault:"10s" min:"0s" max:"1h"`

	// The authorizer: what HTTP API 2.0 gets: simple, or iam for a policy document.
	HTTPResponse string `env:"HTTP_RESPONSE" envDefault:"simple" oneof:"simple iam"`

	// What is logged: debug, info, warn or error.
	LogLevel string `env:"LOG_LEVEL" envDefault:"info" oneof:"debug info warn error"`

	// The authorizer: the variables of another one that it replaces.
	OIDCAuthorizer OIDCAuthorizer
}
