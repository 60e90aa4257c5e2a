package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"time"

	"github.com/spf13/pflag"
)

// serverTLS is how serve proves who it is.
type serverTLS struct {
	cert, key  string
	selfSigned bool
}

func (t *serverTLS) flags(flags *pflag.FlagSet) {
	flags.StringVar(&t.cert, "tls-cert", "", "serve https with this certificate chain (PEM)")
	flags.StringVar(&t.key, "tls-key", "", "and this private key (PEM)")
	flags.BoolVar(&t.selfSigned, "tls-self-signed", false, "serve https with a certificate made for this run")
}

// config returns the TLS settings, nil for plain http.
func (t *serverTLS) config(addr string) (*tls.Config, error) {
	var certificate tls.Certificate
	var err error
	switch {
	case (t.cert == "") != (t.key == ""):
		return nil, errors.New("--tls-cert and --tls-key go together")
	case t.cert != "" && t.selfSigned:
		return nil, errors.New("--tls-self-signed makes its own certificate; leave --tls-cert out")
	case t.selfSigned:
		certificate, err = selfSigned(addr)
	case t.cert != "":
		certificate, err = tls.LoadX509KeyPair(t.cert, t.key)
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
		// FAPI 2.0 Security Profile §5.2.1: of TLS 1.2 only these. Go's default is wider.
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		},
	}, nil
}

// selfSigned makes a certificate for localhost and the address, good for a month.
func selfSigned(addr string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "localhost"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(0, 1, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if host, _, err := net.SplitHostPort(addr); err == nil {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if host != "" {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

func tlsListener(l net.Listener, c *tls.Config) net.Listener {
	if c == nil {
		return l
	}
	return tls.NewListener(l, c)
}
