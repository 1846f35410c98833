import { randomUUID } from 'node:crypto'
import { type Random, randomFrom } from '../assets/art/random.ts'
import { personByEmail } from '../stand-in/people.ts'

/** A member who has used the store for a while; may sign in at the stand-in with this email address. */
export interface DemoMember {
  readonly id: string
  readonly auth0_id: string
  /** The strategy of `auth0_id`. */
  readonly connection: string
  /** A second identity. */
  readonly linked: string | undefined
  readonly email: string
  readonly email_verified: boolean
  readonly first_name: string
  readonly last_name: string
  readonly profile_data: Readonly<Record<string, string>>
  /** When they were here, the first time included; ascending, milliseconds since the epoch. */
  readonly visits: readonly number[]
}

const day = 86_400_000
const minute = 60_000

/** Days that the demonstration reaches back. */
const span = 60

/** Invented, like everything about them. */
const names = [
  ...['Ilva Amberfield', 'Bram Quillmere', 'Suri Tidewell', 'Caio Brackenridge', 'Odile Farrowmoor'],
  ...['Joris Lanternby', 'Leni Coppergate', 'Ravi Stillwater', 'Petra Hollowbrook', 'Kofi Marlstone'],
  ...['Yuna Wintercress', 'Emil Saltmarsh', 'Zola Evenfield', 'Pax Thistledown', 'Greta Moorhaven'],
  ...['Idris Fallowell', 'Wren Oakenshaw', 'Lucia Pebbleton', 'Hugo Starling-Reed', 'Samira Dunewood'],
  ...['Otto Ferncastle', 'Vera Larkspire', 'Nils Gullhaven', 'Rosa Inkpen', 'Bela Crosswind'],
  ...['Farah Milkwood', 'Jonas Ravensby', 'Lotte Silverbeck', 'Kaya Driftmore', 'Piet Hazelmere'],
  ...['Elin Juniperson', 'Dario Windlass', 'Hana Foxbarrow', 'Ugo Candlewick', 'Siri Longmeadow'],
  ...['Ravn Ashgrove', 'Cleo Harbourne', 'Gil Underhillock', 'Jette Plumtree', 'Omar Nightingallow'],
] as const

const companies = ['Halfmoon Press', 'Kite & Anchor', 'Bureau Nine', 'Lantern Radio', 'Oxbow Travel'] as const
const departments = ['Purchasing', 'Design', 'Marketing', 'Research'] as const
const titles = ['Art director', 'Editor', 'Producer', 'Researcher', 'Buyer', 'Type designer'] as const
const countries = ['DE', 'KW', 'PT', 'JP', 'NG', 'NO'] as const

const providers = { 'google-oauth2': 'Google', github: 'GitHub' } as const
const connections = ['auth0', 'auth0', 'google-oauth2', 'google-oauth2', 'github'] as const

/** Forty people who came one after another, more of them lately. */
export function demoMembers(now: number): DemoMember[] {
  return names.map((name, index) => {
    const random = randomFrom(name)
    const age = span * (1 - index / names.length) ** 1.3 * day + random.between(15, 300) * minute
    return member(random, name, index, visitsSince(random, now - age, now))
  })
}

function member(random: Random, name: string, index: number, visits: readonly number[]): DemoMember {
  const [first_name = '', last_name = ''] = name.split(' ')
  const email = `${name.replace(' ', '.')}@example.test`.toLowerCase()
  const connection = random.pick(connections)
  const number = String(9_200_000 + index)
  const auth0_id = connection === 'auth0' ? personByEmail(email).sub : `${connection}|${number}`
  return {
    ...{ id: randomUUID(), auth0_id, connection, email, first_name, last_name, visits },
    linked: connection === 'auth0' && index % 6 === 0 ? `github|${number}` : undefined,
    email_verified: random.between(0, 1) < 0.9,
    profile_data: profileOf(random, connection, visits[0] ?? 0),
  }
}

/** As the form of the store would have saved it. A quarter has not filled it in, and some only in part. */
function profileOf(random: Random, connection: (typeof connections)[number], since: number): Record<string, string> {
  const stage = random.between(0, 1)
  const social = connection === 'auth0' ? undefined : providers[connection]
  const details = {
    title: random.pick(titles),
    company: random.pick(companies),
    country: random.pick(countries),
    registration_source: social === undefined ? 'custom_form' : 'social',
    ...(social === undefined ? {} : { social_provider: social }),
  }
  if (stage < 0.18) return {}
  if (stage < 0.3) return details
  return {
    ...details,
    department: random.pick(departments),
    phone: `+965 0000 ${random.whole(1000, 9999)}`,
    registration_completed_at: new Date(since + random.between(2, 9) * minute).toISOString(),
  }
}

/** Some come once, some almost each working day. */
function visitsSince(random: Random, first: number, now: number): number[] {
  const habit = random.between(0, 0.7)
  const visits = [first]
  for (let start = first - (first % day) + day; start < now; start += day) {
    const visit = start + random.between(7, 19) * 3_600_000
    const isWeekend = [0, 6].includes(new Date(start).getUTCDay())
    if (random.between(0, 1) < (isWeekend ? habit / 4 : habit) && visit < now) visits.push(visit)
  }
  return visits
}

/** One row of the counts that the reports are drawn from. */
export interface DemoActivity {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string
  readonly connection: string
  readonly people: number
  readonly sign_ins: number
}

/** What the plugin would have counted; two visits of three began with a sign-in. */
export function activityOf(members: readonly DemoMember[]): DemoActivity[] {
  const counts = new Map<string, DemoActivity>()
  for (const { connection, visits } of members) {
    for (const [index, visit] of visits.entries()) {
      const day = new Date(visit).toISOString().slice(0, 10)
      const key = `${day} ${connection}`
      const { people, sign_ins } = counts.get(key) ?? { people: 0, sign_ins: 0 }
      counts.set(key, { day, connection, people: people + 1, sign_ins: sign_ins + (index % 3 === 2 ? 0 : 1) })
    }
  }
  return [...counts.values()]
}
