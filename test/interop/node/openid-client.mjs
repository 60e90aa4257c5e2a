// openid-client: a confidential client that authenticates with client_secret_basic.
import * as client from 'openid-client'
import { did, end, must, scope, self, visit } from './talk.mjs'

const config = await client.discovery(
  new URL(self.issuer), self.client_id, { id_token_signed_response_alg: self.alg }, client.ClientSecretBasic(self.client_secret),
)
did('discovery')

const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const nonce = client.randomNonce()
const request = {
  redirect_uri: self.redirect_uri, scope, state, nonce, prompt: 'consent',
  code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
}
const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
const arrived = await visit(client.buildAuthorizationUrl(config, request))
const tokens = await client.authorizationCodeGrant(config, arrived, checks)
did('code')

const claims = tokens.claims()
must(claims.sub && claims.nonce === nonce, 'id_token: no sub, or another nonce')
await client.authorizationCodeGrant(config, arrived, checks).then(
  () => must(false, 'a code worked twice'), (e) => must(e.error === 'invalid_grant', e))
did('id_token')

// The second use of the code took what the first one got. Once more, then.
const again = await visit(client.buildAuthorizationUrl(config, request))
const fresh = await client.authorizationCodeGrant(config, again, checks)
const info = await client.fetchUserInfo(config, fresh.access_token, claims.sub)
must(info.name === self.name && info.email === self.email, JSON.stringify(info))
did('userinfo')

const refreshed = await client.refreshTokenGrant(config, fresh.refresh_token)
must(refreshed.access_token !== fresh.access_token, 'the access token is the old one')
must(refreshed.claims() === undefined || refreshed.claims().sub === claims.sub, 'refreshed for somebody else')
await client.fetchUserInfo(config, refreshed.access_token, claims.sub)
did('refresh')

const bye = client.randomState()
const left = await visit(client.buildEndSessionUrl(config, {
  id_token_hint: fresh.id_token, post_logout_redirect_uri: self.post_logout_redirect_uri, state: bye,
}))
must(left.href === `${self.post_logout_redirect_uri}?state=${bye}`, left.href)
did('logout')

const nobody = await visit(client.buildAuthorizationUrl(config, { ...request, prompt: 'none' }))
await client.authorizationCodeGrant(config, nobody, checks).then(
  () => must(false, 'still signed in'), (e) => must(e.error === 'login_required', e))
did('signed out')
end()
