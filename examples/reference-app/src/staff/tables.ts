import type { StoreDatabase } from '../store/tables.ts'

/** The tables that the overview of staff counts. */
export type StaffDatabase = StoreDatabase
