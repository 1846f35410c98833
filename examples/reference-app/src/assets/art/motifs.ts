import type { Palette } from './palettes.ts'
import type { Random } from './random.ts'

const [width, height] = [480, 360]

const round = (value: number): string => String(Math.round(value * 10) / 10)
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** Photos: a sky, a sun, and ranges of hills that darken towards the viewer. */
export function hills(random: Random, { ground, ink, tones }: Palette): string {
  const sky = random.pick(tones)
  const sun = { x: random.between(80, 400), y: random.between(60, 150), r: random.between(28, 56) }
  const gradient =
    `<defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${sky}" stop-opacity=".75"/>` +
    `<stop offset="1" stop-color="${ground}"/></linearGradient></defs><rect width="480" height="360" fill="url(#s)"/>`
  const disc = `<circle cx="${round(sun.x)}" cy="${round(sun.y)}" r="${round(sun.r)}" fill="${ground}" opacity=".9"/>`
  const ranges = range(4).map(index => {
    const colour = index === 3 ? ink : (tones[index] ?? ink)
    return `<path d="${ridge(random, 170 + index * 48, 46 - index * 6)}" fill="${colour}" opacity="${0.55 + index * 0.15}"/>`
  })
  return gradient + disc + ranges.join('')
}

/** A soft line from left to right, closed along the bottom. */
function ridge(random: Random, level: number, swing: number): string {
  const step = width / 4
  const points = range(5).map(index => ({ x: index * step, y: level + random.between(-swing, swing) }))
  const [first, ...rest] = points
  let previous = first ?? { x: 0, y: level }
  let path = `M0 ${round(previous.y)}`
  for (const point of rest) {
    const middle = round((previous.x + point.x) / 2)
    path += `C${middle} ${round(previous.y)} ${middle} ${round(point.y)} ${round(point.x)} ${round(point.y)}`
    previous = point
  }
  return `${path}V${height}H0Z`
}

/**
 * Illustrations: a grid of quarter circles, discs and triangles. The colours are mixed here instead of laid over the
 * ground half transparent, so that the squares can overlap: edges that only touch show a seam when the picture is scaled.
 */
export function tiles(random: Random, { ground, ink, tones }: Palette): string {
  const size = 120
  const cells = range(12).map(index => {
    const [x, y] = [(index % 4) * size, Math.floor(index / 4) * size]
    const [back, front] = [random.pick(tones), random.pick([ink, ...tones])]
    const turn = `rotate(${random.whole(0, 3) * 90} ${size / 2} ${size / 2})`
    const shape = random.pick([
      `<path d="M0 0A${size} ${size} 0 0 1 ${size} ${size}H0Z"/>`,
      `<circle cx="60" cy="60" r="42"/>`,
      `<path d="M0 0H${size}L0 ${size}Z"/>`,
      `<path d="M0 60A60 60 0 0 1 120 60Z"/><path d="M0 120A60 60 0 0 1 120 120Z"/>`,
    ])
    return (
      `<g transform="translate(${x} ${y})"><rect width="${size + 1}" height="${size + 1}" fill="${mixed(back, ground, 0.35)}"/>` +
      `<g transform="${turn}" fill="${front}" opacity=".92">${shape}</g></g>`
    )
  })
  return cells.join('')
}

/** `share` of a colour, the rest of another; both as `#rrggbb`. */
function mixed(colour: string, other: string, share: number): string {
  const part = (text: string, at: number): number => Number.parseInt(text.slice(at, at + 2), 16)
  const parts = [1, 3, 5].map(at => Math.round(part(colour, at) * share + part(other, at) * (1 - share)))
  return `#${parts.map(value => value.toString(16).padStart(2, '0')).join('')}`
}

/** Audio: the bars of a wave that swells and fades. */
export function bars(random: Random, { ink, tones }: Palette): string {
  const count = 40
  const phase = random.between(0, Math.PI)
  const speed = random.between(0.18, 0.5)
  const accent = random.pick(tones)
  const drawn = range(count).map(index => {
    const swell = Math.sin((Math.PI * (index + 0.5)) / count)
    const tall = 24 + 220 * swell * (0.35 + 0.65 * Math.abs(Math.sin(phase + index * speed))) * random.between(0.7, 1)
    const colour = index / count < 0.4 ? accent : ink
    const [x, y] = [24 + index * 10.9, (height - tall) / 2]
    return `<rect x="${round(x)}" y="${round(y)}" width="6" height="${round(tall)}" rx="3" fill="${colour}"/>`
  })
  const glow = `<circle cx="240" cy="180" r="150" fill="${random.pick(tones)}" opacity=".14"/>`
  return glow + drawn.join('')
}

/** Fonts: a pair of letters on their lines. */
export function letters(random: Random, { ink, tones }: Palette): string {
  const pair = random.pick(['Ag', 'Qu', 'Rk', 'Es', 'Gj', 'Wy', 'Bf', 'Mn'])
  const family = random.pick(['Georgia, serif', 'Helvetica, Arial, sans-serif', 'Courier New, monospace'])
  const [block, line] = [random.pick(tones), random.pick(tones)]
  const lines = [92, 150, 252, 304].map(
    y => `<path d="M40 ${y}H440" stroke="${line}" stroke-width="1.5" stroke-dasharray="2 6"/>`,
  )
  const left = random.between(-40, 220)
  return (
    `<rect x="${round(left)}" y="0" width="240" height="${height}" fill="${block}" opacity=".22"/>${lines.join('')}` +
    `<text x="240" y="252" font-family="${family}" font-size="210" text-anchor="middle" fill="${ink}">${pair}</text>`
  )
}

/** Data sets: points around a rising curve. */
export function dots(random: Random, { ink, tones }: Palette): string {
  const slope = random.between(0.35, 0.75)
  const bend = random.between(-60, 60)
  const curve = (x: number): number => 300 - slope * x + bend * Math.sin(x / 90)
  const grid = [90, 160, 230, 300].map(y => `<path d="M40 ${y}H440" stroke="${ink}" stroke-opacity=".12"/>`)
  const points = range(70).map(() => {
    const x = random.between(48, 432)
    const y = Math.min(318, Math.max(42, curve(x - 40) + random.between(-46, 46)))
    return `<circle cx="${round(x)}" cy="${round(y)}" r="${round(random.between(3, 9))}" fill="${random.pick(tones)}" opacity=".78"/>`
  })
  const line = range(17).map(index => `${40 + index * 25} ${round(Math.min(318, Math.max(42, curve(index * 25))))}`)
  const trend = `<path d="M${line.join('L')}" fill="none" stroke="${ink}" stroke-width="4" stroke-linejoin="round"/>`
  return `${grid.join('')}${points.join('')}${trend}<path d="M40 36V320H444" fill="none" stroke="${ink}" stroke-width="2"/>`
}
