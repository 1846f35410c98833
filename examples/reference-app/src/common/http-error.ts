/** An error for clients: status, a stable code and one sentence. */
function httpError(statusCode: number, code: string, message: string): Error {
  return Object.assign(new Error(message), { statusCode, code })
}

/** 404. `what` as in "There is no such asset". */
export function notFound(what: string): Error {
  return httpError(404, 'NOT_FOUND', `There is no such ${what}`)
}

/** 409: the request was fine, but the state is not (any more). */
export function conflict(code: string, message: string): Error {
  return httpError(409, code, message)
}

/** 400 beyond what a schema can say. */
export function badRequest(code: string, message: string): Error {
  return httpError(400, code, message)
}
