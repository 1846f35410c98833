import type { AssetKind } from '../asset.schema.ts'
import { bars, dots, hills, letters, tiles } from './motifs.ts'
import { type Palette, palettes } from './palettes.ts'
import { type Random, randomFrom } from './random.ts'

export const width = 480
export const height = 360

const motifs: Readonly<Record<AssetKind, (random: Random, palette: Palette) => string>> = {
  photo: hills,
  illustration: tiles,
  audio: bars,
  font: letters,
  dataset: dots,
}

/**
 * The preview of an asset: shapes that its id decides, always the same. Nothing that anybody typed
 * gets into it, so it is safe wherever it is shown.
 */
export function previewOf(id: string, kind: AssetKind): string {
  const random = randomFrom(`${kind} ${id}`)
  const palette = random.pick(palettes)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">` +
    `<rect width="${width}" height="${height}" fill="${palette.ground}"/>${motifs[kind](random, palette)}</svg>`
  )
}
