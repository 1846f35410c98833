// The rows of docs/options.md, made from the schema that checks the options.
import type { TObject, TSchema } from '@sinclair/typebox'
import { allowed, groupIn } from '#plugin/lib/option-schema.js'
import { optionsSchema } from '#plugin/options/schema.js'

/** One row: the name, and the line as it must stand in the table. */
export interface OptionRow {
  readonly name: string
  readonly line: string
}

/** Every option in the order of the schema, those of groups behind their group. */
export function optionRows(): OptionRow[] {
  return rowsOf(optionsSchema, '')
}

function rowsOf(schema: TObject, place: string): OptionRow[] {
  return Object.entries(schema.properties).flatMap(([key, option]) => {
    const name = place === '' ? key : `${place}.${key}`
    const group = groupIn(option)
    const inner = group === undefined ? [] : rowsOf(group, name)
    return option.description === undefined ? inner : [rowOf(name, option), ...inner]
  })
}

function rowOf(name: string, option: TSchema): OptionRow {
  const cells = [`\`${name}\``, allowed(option), defaultOf(option), option.description ?? '']
  return { name, line: `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |` }
}

function defaultOf(option: TSchema): string {
  if (typeof option['defaultText'] === 'string') return option['defaultText']
  const { default: value } = option
  if (value === undefined) return 'none'
  return typeof value === 'string' ? `\`'${value}'\`` : `\`${JSON.stringify(value)}\``
}
