package endpoint

// logoutMetadata is how people can be signed out (OpenID Connect RP-Initiated Logout
// §2.1, Back-Channel Logout §2.1, Front-Channel Logout §3).
type logoutMetadata struct {
	EndSessionEndpoint                 string `json:"end_session_endpoint"`
	BackchannelLogoutSupported         bool   `json:"backchannel_logout_supported"`
	BackchannelLogoutSessionSupported  bool   `json:"backchannel_logout_session_supported"`
	FrontchannelLogoutSupported        bool   `json:"frontchannel_logout_supported"`
	FrontchannelLogoutSessionSupported bool   `json:"frontchannel_logout_session_supported"`
}

// describeLogout says that every client is told which session has ended.
func (p *Provider) describeLogout() logoutMetadata {
	return logoutMetadata{
		EndSessionEndpoint:         p.cfg.Issuer + endSessionPath,
		BackchannelLogoutSupported: true, BackchannelLogoutSessionSupported: true,
		FrontchannelLogoutSupported: true, FrontchannelLogoutSessionSupported: true,
	}
}
