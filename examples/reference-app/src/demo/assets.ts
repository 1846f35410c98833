import { randomFrom } from '../assets/art/random.ts'
import type { AssetKind, NewAsset } from '../assets/asset.schema.ts'

type Pair = readonly [title: string, summary: string]

/** Invented, like their creators. */
const titles: Readonly<Record<AssetKind, readonly Pair[]>> = {
  photo: [
    ['Harbour at first light', 'Cranes and calm water, an hour before work begins.'],
    ['Salt road', 'A straight track over white ground, to the horizon.'],
    ['Night market', 'Steam, lanterns and wet stone after the rain.'],
    ['Three ridges', 'Morning fog between hills, in long exposure.'],
    ['Orchard in March', 'Rows of blossom from a low drone flight.'],
    ['The quiet platform', 'An empty station between two trains.'],
    ['Dune grass', 'Wind patterns on a northern beach.'],
    ['Glass stairs', 'Looking down eleven floors of an atrium.'],
  ],
  illustration: [
    ['Quarter circles', 'Sixty tiles that fit in every direction.'],
    ['Paper city', 'Cut-paper houses for maps and covers.'],
    ['Field notes', 'Ink drawings of forty common herbs.'],
    ['Orbit set', 'Planets and rings as flat shapes.'],
    ['Hands at work', 'Twenty-four gestures, drawn in one line.'],
    ['Small weather', 'Icons for every sky, in two weights.'],
    ['Tidal pool', 'Anemones, limpets and crabs in gouache.'],
    ['Tram lines', 'An isometric kit for streets and stops.'],
  ],
  audio: [
    ['Slow tide', 'Forty minutes of shore, recorded at night.'],
    ['Brass warm-up', 'Six players find one chord.'],
    ['Workshop rhythm', 'Planes, saws and hammers in a loop at 96 beats.'],
    ['Underground', 'Doors, rails and voices without words.'],
    ['Glass harp', 'Single tones and swells for titles.'],
    ['Rain on zinc', 'Light, steady and heavy, each ten minutes.'],
    ['Open fifths', 'A drone for strings in three keys.'],
    ['Kitchen percussion', 'Eighty hits, brushed and struck.'],
  ],
  font: [
    ['Halden Grotesk', 'Seven weights for signs and screens.'],
    ['Meridian Slab', 'Sturdy headlines with a soft edge.'],
    ['Inkwell', 'A book face with real small capitals.'],
    ['Counter Mono', 'For code and timetables, with slashed zero.'],
    ['Sable', 'High contrast for large sizes only.'],
    ['Fathom Rounded', 'Friendly without being childish.'],
    ['Quire', 'Text sizes down to six points.'],
    ['Marker No. 4', 'A broad pen, scanned at four speeds.'],
  ],
  dataset: [
    ['River levels', 'Hourly, 212 gauges, twelve years.'],
    ['Bakery prices', 'Bread and rolls in 90 towns, monthly.'],
    ['Street trees', 'Species, girth and year for 48,000 trees.'],
    ['Night trains', 'Timetables since 1958, cleaned and joined.'],
    ['Colour names', 'What 3,000 people call 1,200 colours.'],
    ['Bird counts', 'Garden observations, every January.'],
    ['Tool shapes', 'Outlines of 900 hand tools as vectors.'],
    ['Roof angles', 'Pitch and direction for 1.2 million roofs.'],
  ],
}

const creators = ['Studio Halden', 'Atelier Quay', 'Northlight', 'Common Meridian', 'Ines Vale', 'Oru Works'] as const

const terms = [
  'Print and web for one brand. No resale, no training of models.',
  'Editorial use. Name the creator next to it.',
  'Unlimited use inside one organisation.',
  'Web and app, up to one million views a year.',
] as const

const prices = [0, 1900, 2900, 4900, 7900, 12_900, 24_000] as const

/** Forty assets, always the same, the kinds mixed. */
export function demoAssets(): NewAsset[] {
  const kinds = Object.keys(titles) as AssetKind[]
  return Array.from({ length: 8 }, (_, row) => kinds.flatMap(kind => demoAsset(kind, titles[kind][row]))).flat()
}

function demoAsset(kind: AssetKind, pair: Pair | undefined): NewAsset[] {
  if (pair === undefined) return []
  const [title, summary] = pair
  const random = randomFrom(title)
  const creator = random.pick(creators)
  return [
    {
      ...{ title, summary, kind, creator },
      description: `${summary} Made by ${creator} for the demonstration of this store; nothing of it exists.`,
      terms: random.pick(terms),
      price_cents: random.pick(prices),
      currency: 'EUR',
    },
  ]
}
