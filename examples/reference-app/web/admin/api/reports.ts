/** What the reports answer. Days are `YYYY-MM-DD`, UTC. */
export interface Activity {
  readonly items: readonly { readonly day: string; readonly people: number }[]
}

export interface SignIns {
  readonly from: string
  readonly to: string
  /** Totals, the largest first. */
  readonly connections: readonly { readonly connection: string; readonly sign_ins: number }[]
  /** Only where there were any. */
  readonly items: readonly { readonly day: string; readonly connection: string; readonly sign_ins: number }[]
}

export interface Funnel {
  readonly started: number
  readonly verified: number
  readonly completed: number
  readonly returned: number
}

export interface Registrations {
  readonly items: readonly (Funnel & { readonly day: string })[]
  readonly total: Funnel
}

export interface Completion {
  readonly items: readonly { readonly day: string; readonly people: number; readonly rate: number | null }[]
  readonly total: { readonly people: number; readonly complete: number; readonly rate: number | null }
}
