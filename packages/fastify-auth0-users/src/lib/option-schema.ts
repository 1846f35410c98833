import { type TObject, type TSchema, Type } from '@sinclair/typebox'

/*
 * Schemas of options. Each module describes its own options with these; `options/` composes them. Faults, defaults and
 * docs/options.md are all made from the same texts.
 */

/** What is said about one option. */
export interface OptionTexts {
  /** What the option does, as one sentence or phrase for docs/options.md. */
  readonly description: string
  /** What applies where the host passes nothing; absent for no default. */
  readonly default?: unknown
  /** The default in words, where it is not a JSON value or depends on another option. */
  readonly defaultText?: string
  /** What is allowed, as it continues "must be"; each kind of option has its own wording. */
  readonly must?: string
  /** Never repeat the value in a fault. */
  readonly secret?: true
}

const year = 31_536_000

/** A duration in seconds, from `least` to `most` (one year). */
export function seconds(least: number, texts: OptionTexts, most: number = year): TSchema {
  const must = most === year ? `a number of seconds ≥ ${least}` : `a number of seconds from ${least} to ${most}`
  return Type.Number({ minimum: least, maximum: most, must, ...texts })
}

/** A duration in seconds that is not zero. */
export function positiveSeconds(texts: OptionTexts): TSchema {
  return Type.Number({ exclusiveMinimum: 0, maximum: year, must: 'a positive number of seconds', ...texts })
}

/** A whole number from 1. */
export function count(texts: OptionTexts, most: number = 10_000_000): TSchema {
  return Type.Integer({ minimum: 1, maximum: most, must: `a whole number from 1 to ${most}`, ...texts })
}

/** Any number within exclusive and inclusive bounds; `must` says which. */
export function share(texts: OptionTexts): TSchema {
  return Type.Number({ exclusiveMinimum: 0, maximum: 1, must: 'a number above 0 and at most 1', ...texts })
}

export function flag(texts: OptionTexts): TSchema {
  return Type.Boolean({ must: 'true or false', ...texts })
}

export function text(texts: OptionTexts): TSchema {
  return Type.String({ minLength: 1, must: 'a non-empty string', ...texts })
}

export function texts(about: OptionTexts): TSchema {
  return Type.Array(Type.String({ minLength: 1 }), { must: 'a list of strings', ...about })
}

export function textOrTexts(about: OptionTexts): TSchema {
  const one = Type.String({ minLength: 1 })
  const members = [one, Type.Array(one, { minItems: 1 })]
  return Type.Union(members, { must: 'a non-empty string or a non-empty list of them', ...about })
}

/** A text of a form; `about.must` says which. */
export function pattern(form: string, about: OptionTexts & { readonly must: string }): TSchema {
  return Type.String({ pattern: form, ...about })
}

/** A path of a route. */
export function path(about: OptionTexts): TSchema {
  return pattern(pathForm, { must: 'a path such as /api/v1/accounts', ...about })
}

const pathForm = '^(/[A-Za-z0-9._~-]+)+/?$'

/** A path, or whether the default one is used at all. */
export function pathOrSwitch(about: OptionTexts): TSchema {
  return Type.Union([Type.Boolean(), Type.String({ pattern: pathForm })], { must: 'true, false or a path', ...about })
}

/** One of some literal values. */
export function oneOf(values: readonly (string | boolean)[], about: OptionTexts): TSchema {
  const must = `one of ${values.map(value => (typeof value === 'string' ? `'${value}'` : String(value))).join(', ')}`
  return Type.Union(
    values.map(value => Type.Literal(value)),
    { must, ...about },
  )
}

export function func(about: OptionTexts): TSchema {
  return Type.Unsafe<unknown>(Type.Function([], Type.Unknown(), { must: 'a function', ...about }))
}

export function functions(about: OptionTexts): TSchema {
  const one = Type.Function([], Type.Unknown())
  return Type.Unsafe<unknown>(
    Type.Union([one, Type.Array(one)], { must: 'a function or a list of functions', ...about }),
  )
}

/** An object of functions by name; `names` is the form of a name. */
export function namedFunctions(names: string, about: OptionTexts): TSchema {
  const members = Type.Record(Type.String({ pattern: names }), Type.Unsafe<unknown>(Type.Function([], Type.Unknown())))
  return { ...members, additionalProperties: false, must: 'an object of functions', ...about }
}

/** An object that is not an option group: a handle, a store, a schema. */
export function anyObject(about: OptionTexts): TSchema {
  return Type.Object({}, { must: 'an object', ...about })
}

/** An object with certain methods. */
export function objectWith(methods: readonly string[], about: OptionTexts): TSchema {
  const members = methods.map(name => [name, Type.Unsafe<unknown>(Type.Function([], Type.Unknown()))] as const)
  return Type.Object(Object.fromEntries(members), { must: `an object with ${methods.join(', ')}`, ...about })
}

/** Any of several schemas; `about.must` says what they have in common. */
export function anyOf(members: readonly TSchema[], about: OptionTexts & { readonly must: string }): TSchema {
  return Type.Union([...members], about)
}

/** `false`, or what `schema` allows. */
export function orFalse(schema: TSchema, about: OptionTexts): TSchema {
  const other = groupIn(schema) === undefined ? allowed(schema) : 'an object of options'
  return Type.Union([Type.Literal(false), schema], { must: `${other}, or false`, ...about })
}

/** A boolean, or a group of options. */
export function orSwitch(group: TObject, about: OptionTexts): TSchema {
  return Type.Union([Type.Boolean(), group], { must: 'true, false or an object of options', ...about })
}

/** A list whose members are groups. */
export function listOf(member: TSchema, about: OptionTexts): TSchema {
  return Type.Array(member, { minItems: 1, must: `a non-empty list of ${allowed(member)}`, ...about })
}

/** A group: an object of options with nothing else in it. `required` names those that must be given. */
export function group(
  properties: Readonly<Record<string, TSchema>>,
  about: Partial<OptionTexts> = {},
  required: readonly string[] = [],
): TObject {
  const entries = Object.entries(properties).map(
    ([name, schema]) => [name, required.includes(name) ? schema : Type.Optional(schema)] as const,
  )
  const must = `an object of these options: ${Object.keys(properties).join(', ')}`
  return Type.Object(Object.fromEntries(entries), { additionalProperties: false, must, ...about })
}

/** What a schema allows, in words. */
export function allowed(schema: TSchema): string {
  return typeof schema['must'] === 'string' ? schema['must'] : 'as documented'
}

/** The group in a schema: itself, or the one that a switch or `false` may stand for. */
export function groupIn(schema: TSchema): TObject | undefined {
  if (schema['type'] === 'object' && schema['additionalProperties'] === false && schema['properties'] !== undefined) {
    return schema as TObject
  }
  const members = schema['anyOf'] as readonly TSchema[] | undefined
  return members?.map(groupIn).find(found => found !== undefined)
}

/**
 * The given options of a group, completed with the defaults of its schema. A value that is undefined counts as not
 * given. Checks nothing.
 */
export function withDefaults<T extends object>(schema: TObject, given: Partial<T> | undefined): T {
  const complete: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(schema.properties)) {
    if (option.default !== undefined) complete[name] = option.default
  }
  for (const [name, value] of Object.entries(given ?? {})) if (value !== undefined) complete[name] = value
  return complete as T
}
