package audit

import "time"

// Event is one thing that happened. It has a place for who, what, when, from where
// and with what outcome, and none for a password, a token, a code or a secret; what a
// stranger typed as a username is none of it either, for people type passwords there.
type Event struct {
	ID      string    `json:"id"`   // made by Record
	Time    time.Time `json:"time"` // likewise
	Kind    Kind      `json:"kind"`
	Outcome Outcome   `json:"outcome"`          // the zero value is Succeeded
	Reason  string    `json:"reason,omitempty"` // why not, in our words

	// Actor is who did it. The zero value is the origin's, see WithOrigin; set it where
	// the rule itself has found out who it is.
	Actor Actor `json:"actor,omitzero"`

	Subject string `json:"sub,omitempty"`       // the person to whom it happened
	Client  string `json:"client_id,omitempty"` // the client that it is about
	Session string `json:"sid,omitempty"`
	Grant   string `json:"grant_id,omitempty"`
	Object  string `json:"object,omitempty"` // what else it is about, by its ID or name: a key, a group, a passkey

	Method  string   `json:"method,omitempty"`  // how: the factors of RFC 8176, or a word such as "link"
	Changed []string `json:"changed,omitempty"` // the names of what was changed, never the values

	Address   string `json:"address,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	Reference string `json:"reference,omitempty"` // of the log line of the same request: its trace_id
}

// Kind says what happened. Every kind stands in the Catalogue.
type Kind string

// Outcome says how it ended.
type Outcome string

// The outcomes.
const (
	Succeeded Outcome = "ok"
	Refused   Outcome = "refused"   // a rule said no
	Announced Outcome = "announced" // it is about to happen: see Trail.Announce
)

// Actor is who did something.
type Actor struct {
	Type ActorType `json:"type"`
	ID   string    `json:"id,omitempty"`
}

// ActorType is what an actor is.
type ActorType string

// Types of actors.
const (
	StrangerActor      ActorType = "stranger" // who has not shown who they are
	PersonActor        ActorType = "person"
	ClientActor        ActorType = "client"
	AdministratorActor ActorType = "administrator"
	CommandLineActor   ActorType = "command_line"
	SystemActor        ActorType = "system" // a schedule, or what follows from a rule by itself
)

// Person is somebody who acts for themselves.
func Person(id string) Actor { return Actor{PersonActor, id} }

// Client is a client that acts by its own credentials.
func Client(id string) Actor { return Actor{ClientActor, id} }

// Administrator is somebody who acts by an administrator's scope; id is their sub, or
// the client's ID when a program acts.
func Administrator(id string) Actor { return Actor{AdministratorActor, id} }

// CommandLine is who runs ostiary on a machine; name is the account there.
func CommandLine(name string) Actor { return Actor{CommandLineActor, name} }

// System is the provider itself; name is the job.
func System(name string) Actor { return Actor{SystemActor, name} }
