// oauth4webapi: a public client, each response processed by itself.
import * as oauth from 'oauth4webapi'
import { did, end, must, scope, self, visit } from './talk.mjs'

const issuer = new URL(self.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer))
must(as.authorization_response_iss_parameter_supported, 'iss is not advertised')
did('discovery')

const client = { client_id: self.client_id, id_token_signed_response_alg: self.alg }
const auth = oauth.None()
const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const nonce = oauth.generateRandomNonce()

async function authorizationURL(prompt) {
  const url = new URL(as.authorization_endpoint)
  url.search = new URLSearchParams({
    client_id: client.client_id, redirect_uri: self.redirect_uri, response_type: 'code', scope, state, nonce, prompt,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', max_age: '600',
  })
  return url
}

const params = oauth.validateAuthResponse(as, client, await visit(await authorizationURL('consent')), state)
const tokens = await oauth.processAuthorizationCodeResponse(
  as, client,
  await oauth.authorizationCodeGrantRequest(as, client, auth, params, self.redirect_uri, verifier),
  { expectedNonce: nonce, maxAge: 600, requireIdToken: true },
)
did('code')

const claims = oauth.getValidatedIdTokenClaims(tokens)
must(claims.sub && claims.auth_time, 'id_token: no sub, or no auth_time')
did('id_token')

async function userinfo(token) {
  return oauth.processUserInfoResponse(as, client, claims.sub, await oauth.userInfoRequest(as, client, token))
}
const info = await userinfo(tokens.access_token)
must(info.name === self.name && info.email === self.email, JSON.stringify(info))
did('userinfo')

const refreshed = await oauth.processRefreshTokenResponse(
  as, client, await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token))
must(refreshed.access_token !== tokens.access_token, 'the access token is the old one')
await userinfo(refreshed.access_token)
did('refresh')

await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, refreshed.refresh_token))
await oauth.refreshTokenGrantRequest(as, client, auth, refreshed.refresh_token)
  .then((response) => oauth.processRefreshTokenResponse(as, client, response))
  .then(() => must(false, 'a revoked token refreshes'), (e) => must(e.error === 'invalid_grant', e))
did('revocation')

const logout = new URL(as.end_session_endpoint)
logout.search = new URLSearchParams({
  id_token_hint: tokens.id_token, post_logout_redirect_uri: self.post_logout_redirect_uri, state,
})
const left = await visit(logout)
must(left.href === `${self.post_logout_redirect_uri}?state=${state}`, left.href)
did('logout')

const nobody = await visit(await authorizationURL('none'))
try {
  oauth.validateAuthResponse(as, client, nobody, state)
  must(false, 'still signed in')
} catch (e) {
  must(e.error === 'login_required', e)
}
did('signed out')
end()
