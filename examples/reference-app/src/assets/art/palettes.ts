/** Colours that go together: a light ground, a dark ink, and four between. */
export interface Palette {
  readonly ground: string
  readonly ink: string
  readonly tones: readonly [string, string, string, string]
}

export const palettes: readonly [Palette, ...Palette[]] = [
  { ground: '#f6e7d2', ink: '#22333b', tones: ['#e76f51', '#f4a261', '#2a9d8f', '#264653'] },
  { ground: '#e8f1f2', ink: '#13293d', tones: ['#006494', '#247ba0', '#f4b942', '#1b98e0'] },
  { ground: '#fbf3e4', ink: '#3d2c2e', tones: ['#c8553d', '#f28f3b', '#588b8b', '#ffd5c2'] },
  { ground: '#eef4ed', ink: '#0b2545', tones: ['#8da9c4', '#134074', '#e07a5f', '#81b29a'] },
  { ground: '#f3ecf7', ink: '#2d1e4f', tones: ['#7b5ea7', '#c58fd0', '#ef959c', '#3c6e9f'] },
  { ground: '#fdf0d5', ink: '#3a2230', tones: ['#c1666b', '#d4b483', '#48a9a6', '#4281a4'] },
  { ground: '#e9efe1', ink: '#1f3324', tones: ['#6a994e', '#a7c957', '#bc4749', '#386641'] },
  { ground: '#eaeaf2', ink: '#1d1e2c', tones: ['#5c6bc0', '#ff8a65', '#26a69a', '#ffca28'] },
]
