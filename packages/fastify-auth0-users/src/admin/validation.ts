import type { TSchema } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { Value } from '@sinclair/typebox/value'
import type { FastifySchemaCompiler } from 'fastify'
import { Auth0UsersError, type ErrorCode, type Fault } from '../errors.ts'
import { kindOf } from '../lib/json.ts'

/** The error for each part of a request that breaks its schema. A malformed id finds nothing. */
const codes: Readonly<Record<string, ErrorCode>> = {
  body: 'A0U_BODY_INVALID',
  querystring: 'A0U_QUERY_INVALID',
  params: 'A0U_NOT_FOUND',
}

const maxFaults = 20

/** Checks requests against their TypeBox schemas. Only queries, which are text, are converted. */
export const validateStrictly: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  const check = TypeCompiler.Compile(schema)
  const code = codes[httpPart] ?? 'A0U_BODY_INVALID'
  return (given: unknown) => {
    const value = httpPart === 'querystring' ? Value.Convert(schema, { ...(given as object) }) : given
    if (check.Check(value)) return { value }
    return {
      error: new Auth0UsersError(
        code,
        code === 'A0U_NOT_FOUND' ? {} : { faults: faultsOf(check.Errors(value), httpPart) },
      ),
    }
  }
}

type Errors = ReturnType<ReturnType<typeof TypeCompiler.Compile>['Errors']>

function faultsOf(errors: Errors, part: string): Fault[] {
  const faults = new Map<string, Fault>()
  for (const { path, message, value } of errors) {
    const field = path.slice(1, 200).replaceAll('/', '.') || part
    const text = message.charAt(0).toLowerCase() + message.slice(1)
    if (!faults.has(field)) faults.set(field, { field, message: `${text}, but ${kindOf(value)} was sent` })
    if (faults.size === maxFaults) break
  }
  return [...faults.values()]
}
