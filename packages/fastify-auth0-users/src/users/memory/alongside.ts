import type { RawBuilder } from 'kysely'
import type { DbOrTrx } from '../../db/handle.ts'

/**
 * What another module reads of each user in the statement that reads the user: an expression of type text, for the
 * user of the given id. A statement of its own would double the cost of a load.
 */
export type Alongside = (db: DbOrTrx, userId: RawBuilder<string>) => RawBuilder<string | null>
