// GET /protected with Express, for access tokens that Ostiary signs.
//
//	npm ci
//	ISSUER=https://id.example.com AUDIENCE=https://api.example.com node server.mjs

import express from 'express'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

const { ISSUER: issuer, AUDIENCE: audience, PORT: port = 3000 } = process.env
const keys = createRemoteJWKSet(new URL(`${issuer}/jwks.json`), { timeoutDuration: 2000 })
const expected = {
  issuer, audience,
  algorithms: ['ES256', 'RS256'], // never what the token says
  typ: 'at+jwt', // an id_token opens nothing
  requiredClaims: ['exp', 'sub'],
}

async function authenticated(req, res, next) {
  const [, token] = /^Bearer +([\w.-]+)$/i.exec(req.get('authorization') ?? '') ?? []
  if (!token) return res.status(401).set('WWW-Authenticate', 'Bearer').json({ error: 'invalid_token' })
  try {
    req.token = (await jwtVerify(token, keys, expected)).payload
  } catch (err) {
    // Keys that cannot be had are nobody's fault who shows a token.
    if (!(err instanceof errors.JOSEError) || err instanceof errors.JWKSTimeout) return res.sendStatus(503)
    return res.status(401).set('WWW-Authenticate', 'Bearer error="invalid_token"').json({ error: 'invalid_token' })
  }
  next()
}

const app = express()
app.get('/protected', authenticated, (req, res) => res.json({ user_id: req.token.sub }))

const server = app.listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
