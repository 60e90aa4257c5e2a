// Package keys answers "with which key is this signed, and who can read it?":
// the ring of signing keys, its rotation, sealing and signing. It never judges a
// token that somebody sent; package verify does, with standard-library
// cryptography. jwx stays behind this package and makes its public keys.
//
// Three things build on each other. A Wrapper, which is KMS or a file, encrypts
// one data key. A Sealer encrypts under that data key whatever must be kept
// secret in a table. A Ring keeps the signing keys, sealed, in one record:
//
//	wrapper.go  keyfile.go      who holds the key of keys
//	sealer.go  data_key.go      the data key, opened once and checked again
//	policy.go  ring_record.go   states and times of keys: pending, active, retired
//	rotate.go                   the one conditional write that changes the ring
//	ring.go  signing_key.go     the ring in memory, and signing with it
//	compact.go  signature.go    the compact serialization and the signatures
//	custodian.go  sign_entrusted.go  rotate_entrusted.go  signature_der.go
//	                            keys whose private part another holds: KMS
//	encrypt.go                  responses that one client alone can read
package keys
