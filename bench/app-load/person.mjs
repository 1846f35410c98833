// One person who uses the store, and knows what the answers have to be.

/** What may be pressed next, as often as it stands here. */
const actions = ['me', 'me', 'browse', 'browse', 'readProfile', 'writeProfile', 'ask', 'mine', 'licences']

/**
 * Runs until `signal` is aborted. Every answer is checked against what this person was told before: their own id,
 * their own profile with the last title that was acknowledged, their own requests with all that were acknowledged.
 */
export function createPerson({ name, token, origin, tally, allowsBroken, random }) {
  // `asked` were acknowledged, `wanted` are the assets of those that were not as well.
  const state = { id: undefined, titles: new Set(['']), number: 0, asked: new Set(), wanted: new Set(), assets: [] }
  const mark = `by ${name}`

  async function request(what, method, path, body, expected = [200]) {
    const began = Date.now()
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
    try {
      const response = await fetch(`${origin}/api/v1${path}`, {
        ...{ method, headers },
        signal: AbortSignal.timeout(30_000),
        ...(body && { body: JSON.stringify(body) }),
      })
      const answer = await response.json()
      tally.answered(what, response.status, began, expected)
      return { status: response.status, body: answer }
    } catch (error) {
      tally.broken(what, error.cause?.code ?? error.name, allowsBroken())
      return { status: 0, body: undefined }
    }
  }

  const steps = {
    async me() {
      const { status, body } = await request('me', 'GET', '/me')
      if (status !== 200) return
      state.id ??= body.user.id
      if (body.subject !== `auth0|${name}` || body.user.id !== state.id)
        tally.fault(`${name} was taken for somebody else`)
    },
    async browse() {
      const { status, body } = await request(
        'browse',
        'GET',
        `/store/assets?limit=40&search=${random.pick(['', 's', 'n'])}`,
      )
      if (status === 200 && body.items.length > 0) state.assets = body.items.map(({ id }) => id)
    },
    async readProfile() {
      const { status, body } = await request('read profile', 'GET', '/accounts/users/profile')
      if (status !== 200) return
      if (body.auth0_id !== `auth0|${name}`) tally.fault(`${name} read the profile of somebody else`)
      const title = body.profile_data.title ?? ''
      if (!state.titles.has(title)) tally.fault(`${name} wrote ${[...state.titles]} and read "${title}": a lost write`)
    },
    async writeProfile() {
      state.number += 1
      const title = `${name} ${state.number}`
      // Until it is acknowledged it may have been written or not.
      state.titles.add(title)
      const { status } = await request('write profile', 'PATCH', '/accounts/users/profile', { profile_data: { title } })
      if (status === 200) state.titles = new Set([title])
    },
    async ask() {
      if (state.assets.length === 0) return
      const asset_id = random.pick(state.assets)
      const body = { asset_id, purpose: mark }
      state.wanted.add(asset_id)
      const answer = await request('ask', 'POST', '/store/access-requests', body, [201, 409])
      if (answer.status === 201) state.asked.add(answer.body.id)
    },
    async mine() {
      const { status, body } = await request('my requests', 'GET', '/store/access-requests/mine?limit=100')
      if (status !== 200) return
      if (body.items.some(({ purpose }) => purpose !== mark)) tally.fault(`${name} read requests of somebody else`)
      const shown = new Set(body.items.map(({ id }) => id))
      const lost = [...state.asked].filter(id => !shown.has(id))
      if (body.next === null && lost.length > 0) tally.fault(`${name} misses ${lost.length} requests: lost writes`)
    },
    async licences() {
      const { status, body } = await request('my licences', 'GET', '/store/licences?limit=100')
      if (status !== 200) return
      if (body.items.some(({ asset }) => !state.wanted.has(asset.id)))
        tally.fault(`${name} was shown a licence for something never asked for`)
    },
  }

  return {
    name,
    state,
    request,
    async run(signal) {
      while (!signal.aborted) {
        await steps[random.pick(actions)]()
        await new Promise(resolve => setTimeout(resolve, random.between(20, 120)))
      }
    },
    /** Once more everything, when all is quiet. */
    async check() {
      for (const step of ['me', 'readProfile', 'mine', 'licences']) await steps[step]()
    },
  }
}
