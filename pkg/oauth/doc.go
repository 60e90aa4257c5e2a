// Package oauth holds the words: error codes, parameters, grant types, scopes,
// claims and client metadata, spelled as the specifications spell them. It does
// no I/O and imports nothing of ours, so every other package may use it.
package oauth
