// What a client says to the test that runs it: see ../interop_test.go.
import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

async function hear() {
  const { value, done } = await lines.next()
  if (done) throw new Error('the test went away')
  return value
}

export const self = JSON.parse(await hear())

export const did = (step) => console.log(`did ${step}`)

// visit has the person go somewhere, and returns where the provider sent them.
export async function visit(url) {
  console.log(`visit ${url}`)
  return new URL(await hear())
}

// publish puts a document at the client's jwks_uri.
export async function publish(document) {
  console.log(`publish ${JSON.stringify(document)}`)
  await hear()
}

export function must(truth, complaint) {
  if (!truth) throw new Error(complaint)
}

// What every client asks for. Refresh tokens that outlive the session are given with
// consent only: OpenID Connect Core §11.
export const scope = 'openid profile email offline_access'

// end lets Node end, which waits for the test's next line otherwise.
export const end = () => process.stdin.destroy()
