/** What every server answers, so that all of them send as much. */
export const body = { id: '0123456789abcdef0123456789abcdef0123', username: 'auth0.person-000000' }
