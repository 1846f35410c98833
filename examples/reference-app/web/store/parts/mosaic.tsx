import type { JSX } from 'preact'

/** Edge of a tile, in the units of the view box. */
const size = 80
const columns = 5
const rows = 5

const colours = ['mosaic__a', 'mosaic__b', 'mosaic__c', 'mosaic__d'] as const

/** The picture of the landing page: tiles of quarter circles, discs and stripes, the same at each visit. */
export function Mosaic(): JSX.Element {
  const random = sequence(23)
  const tiles = Array.from({ length: columns * rows }, (_, index) => {
    const [ground, figure] = pickTwo(random)
    return { index, ground, figure, shape: Math.floor(random() * 6), turn: Math.floor(random() * 4) * 90 }
  })
  return (
    <svg class="mosaic" viewBox={`0 0 ${columns * size} ${rows * size}`} aria-hidden="true">
      {tiles.map(({ index, ground, figure, shape, turn }) => {
        const place = `translate(${(index % columns) * size} ${Math.floor(index / columns) * size})`
        return (
          <g key={index} transform={`${place} rotate(${turn} ${size / 2} ${size / 2})`}>
            <rect class={ground} width={size} height={size} shape-rendering="crispEdges" />
            <Figure shape={shape} class={figure} />
          </g>
        )
      })}
    </svg>
  )
}

function Figure({ shape, class: colour }: { readonly shape: number; readonly class: string }): JSX.Element {
  const half = size / 2
  switch (shape) {
    case 0:
      return <path class={colour} d={`M0 0h${size}A${size} ${size} 0 0 1 0 ${size}Z`} />
    case 1:
      return <circle class={colour} cx={half} cy={half} r={half * 0.6} />
    case 2:
      return <path class={colour} d={`M0 0h${size}v12H0zM0 24h${size}v12H0zM0 48h${size}v12H0z`} />
    case 3:
      return <path class={colour} d={`M0 ${half}A${half} ${half} 0 0 1 ${size} ${half}Z`} />
    case 4:
      return <path class={colour} d={`M0 0L${size} ${size}H0Z`} />
    default:
      return (
        <path
          class={colour}
          d={`M0 0h${half}A${half} ${half} 0 0 1 0 ${half}ZM${size} ${size}h-${half}A${half} ${half} 0 0 1 ${size} ${half}Z`}
        />
      )
  }
}

function pickTwo(random: () => number): readonly [string, string] {
  const first = Math.floor(random() * colours.length)
  const second = (first + 1 + Math.floor(random() * (colours.length - 1))) % colours.length
  return [colours[first] ?? '', colours[second] ?? '']
}

/** Numbers from 0 to 1 that look random and are always the same (a linear congruential generator). */
function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
