// A page's use of oidc-client-ts, as its documentation shows it.
const manager = new oidc.UserManager(settings)
const say = (word) => { document.getElementById('said').textContent = word }
const fail = (e) => say(`${e.name}: ${e.message}`)
const on = (id, act) => { document.getElementById(id).onclick = () => act().catch(fail) }

on('sign-in', () => manager.signinRedirect())
on('sign-out', () => manager.signoutRedirect({ state: 'gone' }))
on('refresh', async () => {
  const before = await manager.getUser()
  const after = await manager.signinSilent()
  say(after.access_token !== before.access_token && after.profile.sub === before.profile.sub ? 'refreshed' : 'not refreshed')
})

async function begin() {
  const params = new URL(location.href).searchParams
  if (params.has('code') || params.has('error')) {
    const { profile } = await manager.signinRedirectCallback()
    history.replaceState(null, '', '/')
    say(`${profile.name} <${profile.email}>`)
  } else if (params.has('state')) {
    await manager.signoutRedirectCallback()
    say('signed out')
  } else {
    say('nobody')
  }
}
begin().catch(fail)
