// Package fetch answers "whom may we call?": the one outbound HTTP client for
// addresses that other people name, such as an issuer's key set. It never reaches
// into the network it runs in.
package fetch
