import type { TObject } from '@sinclair/typebox'
import { group, pattern } from '../lib/option-schema.ts'

/** The option `tables`. */
export const tablesSchema: TObject = group({
  schema: pattern('^[A-Za-z_][A-Za-z0-9_$]{0,62}$', {
    must: 'the name of a PostgreSQL schema',
    description: 'the PostgreSQL schema of our tables',
    defaultText: "the connection's search path",
  }),
  prefix: pattern('^[a-z_][a-z0-9_]{0,29}$', {
    must: 'a text of a-z, 0-9 and _, of at most 30 characters',
    description: 'what the names of our tables start with',
    defaultText: '`accounts_`',
  }),
})
