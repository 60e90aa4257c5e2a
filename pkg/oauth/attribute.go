package oauth

// Attribute is a claim about people that is the operator's own: what its values look
// like, who may know it and who may change it.
type Attribute struct {
	Name        string        `json:"name"` // of the claim
	Description string        `json:"description,omitempty"`
	Type        AttributeType `json:"type"`
	Max         int           `json:"max"`   // bytes of a value, as JSON
	Scope       string        `json:"scope"` // the scope value that releases it

	// In names the tokens that say it, beside userinfo.
	In []ClaimTarget `json:"in,omitempty"`

	SelfService SelfService `json:"self_service"` // what its person may do with it
}

// AttributeType is what an attribute's values are.
type AttributeType string

// Types of attributes.
const (
	StringAttribute  AttributeType = "string"
	NumberAttribute  AttributeType = "number"
	BooleanAttribute AttributeType = "boolean"
	StringsAttribute AttributeType = "strings" // a list of them
	JSONAttribute    AttributeType = "json"    // anything
)

// AttributeTypes are all of them.
func AttributeTypes() []AttributeType {
	return []AttributeType{StringAttribute, NumberAttribute, BooleanAttribute, StringsAttribute, JSONAttribute}
}

// SelfService is what a person may do with an attribute of theirs.
type SelfService string

// What they may do.
const (
	NoSelfService SelfService = "none" // they do not see it on their account page
	ReadOwn       SelfService = "read"
	WriteOwn      SelfService = "write"
)

// ClaimTarget is where claims about a person are said.
type ClaimTarget string

// Targets.
const (
	InAccessToken ClaimTarget = "access_token"
	InIDToken     ClaimTarget = "id_token"
	InUserinfo    ClaimTarget = "userinfo"
)

// ClaimTargets are all of them.
func ClaimTargets() []ClaimTarget { return []ClaimTarget{InAccessToken, InIDToken, InUserinfo} }
