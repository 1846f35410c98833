/** One value a day; null where there is none. */
export interface Series {
  readonly label: string
  readonly values: readonly (number | null)[]
}

/** Values by day. */
export interface DayData {
  /** `YYYY-MM-DD`. */
  readonly days: readonly string[]
  readonly series: readonly Series[]
}

/** Where the marks go, in px of the drawing. */
export interface Plane {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  /** The value at the upper edge. */
  readonly largest: number
  readonly count: number
}

export function xOf({ left, width, count }: Plane, index: number): number {
  return left + (width * (index + 0.5)) / count
}

export function yOf({ top, height, largest }: Plane, value: number): number {
  return top + height - (height * value) / largest
}
