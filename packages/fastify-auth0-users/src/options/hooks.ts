import type { TObject } from '@sinclair/typebox'
import { functions, group } from '../lib/option-schema.ts'

/** The option `hooks`. */
export const hooksSchema: TObject = group({
  beforeCreate: functions({ description: 'in the transaction, before the insert' }),
  afterCreate: functions({ description: 'in the transaction, after the insert' }),
  beforeUpdate: functions({ description: 'in the transaction, before claims change a row' }),
  afterUpdate: functions({ description: 'in the transaction, after claims changed a row' }),
  onCreated: functions({ description: 'after the commit of an insert' }),
  onUpdated: functions({ description: 'after the commit of an update' }),
  beforeMerge: functions({ description: 'in the transaction, before two users become one' }),
  onMerged: functions({ description: 'after the commit of a merge' }),
  afterInvite: functions({ description: 'in the transaction of an invitation; sends the mail' }),
  onAuthenticated: functions({ description: 'after a request was authenticated' }),
  onFailure: functions({ description: 'after a request was refused' }),
})
