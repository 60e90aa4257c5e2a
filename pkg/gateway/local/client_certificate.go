package local

import "encoding/pem"

// clientCert is what API Gateway tells of the certificate with which a caller
// connected, where its domain has mutual TLS.
type clientCert struct {
	PEM          string   `json:"clientCertPem"`
	SubjectDN    string   `json:"subjectDN"`
	IssuerDN     string   `json:"issuerDN"`
	SerialNumber string   `json:"serialNumber"`
	Validity     validity `json:"validity"`
}

type validity struct {
	NotBefore string `json:"notBefore"`
	NotAfter  string `json:"notAfter"`
}

// certificateTime is how API Gateway writes the times of a certificate.
const certificateTime = "Jan _2 15:04:05 2006 GMT"

// clientCert is nil for a caller without a certificate. It comes from the connection
// alone.
func (r *request) clientCert() *clientCert {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil
	}
	c := r.TLS.PeerCertificates[0]
	return &clientCert{
		PEM:       string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})),
		SubjectDN: c.Subject.String(), IssuerDN: c.Issuer.String(), SerialNumber: c.SerialNumber.String(),
		Validity: validity{c.NotBefore.UTC().Format(certificateTime), c.NotAfter.UTC().Format(certificateTime)},
	}
}
