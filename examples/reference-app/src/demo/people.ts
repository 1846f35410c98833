import { seededPeople } from '../stand-in/people.ts'

/** What one of the invented people may do, besides signing in. */
export interface DemoPerson {
  /** As the stand-in signs it; the platform has no sign-in, only a token. */
  readonly auth0_id: string
  readonly email: string
  readonly first_name: string
  readonly last_name: string
  readonly is_staff: boolean
  readonly is_superuser: boolean
  readonly is_platform: boolean
  readonly groups: readonly string[]
}

/** Groups of the demonstration and what they grant. */
export const demoGroups: Readonly<Record<string, readonly string[]>> = {
  Licensing: [
    'store.view_accessrequest',
    'store.change_accessrequest',
    'store.add_asset',
    'store.change_asset',
    'store.delete_asset',
    'jobs.view_job',
    'accounts.view_user',
  ],
  Quality: ['qa_crawler.qa_crawler'],
  Press: ['digital_pr.digital_pr'],
  Platforms: ['store.view_asset', 'store.add_asset', 'store.change_asset'],
}

const roles: Readonly<Record<string, Partial<DemoPerson>>> = {
  'ada.okafor@example.test': { is_staff: true, is_superuser: true },
  'mei.tanaka@example.test': { is_staff: true, groups: ['Licensing'] },
  'tomas.ferreira@example.test': { groups: ['Quality', 'Press'] },
}

const noRole = { is_staff: false, is_superuser: false, is_platform: false, groups: [] }

/** The people that the stand-in offers, with roles, and a platform. */
export function demoPeople(): DemoPerson[] {
  const people = seededPeople.map(({ sub, email, given_name = '', family_name = '' }) => ({
    ...{ auth0_id: sub, email, first_name: given_name, last_name: family_name },
    ...noRole,
    ...roles[email],
  }))
  return [...people, demoPlatform]
}

export const demoPlatform: DemoPerson = {
  ...noRole,
  auth0_id: 'demo|picture-exchange',
  email: 'platform@example.test',
  first_name: 'Picture',
  last_name: 'Exchange',
  is_platform: true,
  groups: ['Platforms'],
}
