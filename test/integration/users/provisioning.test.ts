import t from 'tap'
import { testDatabase } from '../../helpers/postgres.ts'
import { provisioningSuite } from './provisioning-suite.ts'

provisioningSuite(t, async t => ({ database: await testDatabase(t), tables: {} }))
