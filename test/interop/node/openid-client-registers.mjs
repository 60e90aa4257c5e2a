// openid-client: it registers itself, and proves by a key that it publishes who it is.
import * as client from 'openid-client'
import { did, end, must, publish, scope, self, visit } from './talk.mjs'

const RS256 = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }
const ES256 = { name: 'ECDSA', namedCurve: 'P-256' }

async function newKey(kid, algorithm) {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  await publish({ keys: [{ ...await crypto.subtle.exportKey('jwk', publicKey), kid }] })
  return { key: privateKey, kid }
}

const metadata = {
  client_name: 'Registers itself', application_type: 'native', token_endpoint_auth_method: 'private_key_jwt',
  grant_types: ['authorization_code', 'refresh_token'], scope, jwks_uri: self.jwks_uri,
  redirect_uris: [self.redirect_uri], post_logout_redirect_uris: [self.post_logout_redirect_uri],
  id_token_signed_response_alg: 'ES256',
}
const issuer = new URL(self.issuer)
await client.dynamicClientRegistration(issuer, metadata).then(
  () => must(false, 'registered without a token'), (e) => must(e.status === 401, e))
const first = await newKey('first', RS256)
const config = await client.dynamicClientRegistration(
  issuer, metadata, client.PrivateKeyJwt(first), { initialAccessToken: self.registration_token })
must(config.serverMetadata().token_endpoint_auth_methods_supported.includes('private_key_jwt'), 'not advertised')
did('discovery')

const registered = config.clientMetadata()
must(registered.client_secret === undefined && registered.id_token_signed_response_alg === 'ES256', JSON.stringify(registered))
const own = { headers: { authorization: `Bearer ${registered.registration_access_token}` } }
const read = await (await fetch(registered.registration_client_uri, own)).json()
must(read.client_id === registered.client_id && read.jwks_uri === self.jwks_uri, JSON.stringify(read))
did('registration')

const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const nonce = client.randomNonce()
const request = {
  redirect_uri: self.redirect_uri, scope, state, nonce, prompt: 'consent',
  code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
}
const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
const tokens = await client.authorizationCodeGrant(config, await visit(client.buildAuthorizationUrl(config, request)), checks)
did('code')
const claims = tokens.claims()
must(claims.sub && claims.nonce === nonce, 'id_token: no sub, or another nonce')
did('id_token')
const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
must(info.name === self.name && info.email === self.email, JSON.stringify(info))
did('userinfo')

const second = await newKey('second', ES256)
const rotated = new client.Configuration(config.serverMetadata(), registered.client_id, registered, client.PrivateKeyJwt(second))
const refreshed = await client.refreshTokenGrant(rotated, tokens.refresh_token)
must(refreshed.access_token !== tokens.access_token, 'the access token is the old one')
await client.refreshTokenGrant(config, refreshed.refresh_token).then(
  () => must(false, 'the withdrawn key is good'), (e) => must(e.error === 'invalid_client', e))
did('refresh')
must((await client.tokenIntrospection(rotated, refreshed.access_token)).active, 'its own token is inactive')
did('introspection')

const left = await visit(client.buildEndSessionUrl(rotated, {
  id_token_hint: tokens.id_token, post_logout_redirect_uri: self.post_logout_redirect_uri, state,
}))
must(left.href === `${self.post_logout_redirect_uri}?state=${state}`, left.href)
did('logout')
const nobody = await visit(client.buildAuthorizationUrl(rotated, { ...request, prompt: 'none' }))
await client.authorizationCodeGrant(rotated, nobody, checks).then(
  () => must(false, 'still signed in'), (e) => must(e.error === 'login_required', e))
did('signed out')

const gone = await fetch(registered.registration_client_uri, { method: 'DELETE', ...own })
must(gone.status === 204, `DELETE: ${gone.status}`)
await client.refreshTokenGrant(rotated, refreshed.refresh_token).then(
  () => must(false, 'a client that is gone refreshes'), (e) => must(e.error === 'invalid_client', e))
did('deletion')
end()
