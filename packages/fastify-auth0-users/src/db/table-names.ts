import {
  type KyselyPlugin,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryResult,
  type RootOperationNode,
  type SchemableIdentifierNode,
  type UnknownRow,
} from 'kysely'

/** A Kysely plugin that replaces the prefix `accounts_` of our tables by another one. */
export function tableNames(prefix: string): KyselyPlugin {
  const transformer = new PrefixTransformer(prefix)
  return {
    transformQuery: (args: PluginTransformQueryArgs): RootOperationNode =>
      transformer.transformNode(args.node, args.queryId),
    transformResult: async (args: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> => args.result,
  }
}

class PrefixTransformer extends OperationNodeTransformer {
  readonly #prefix: string

  constructor(prefix: string) {
    super()
    this.#prefix = prefix
  }

  protected override transformSchemableIdentifier(
    node: SchemableIdentifierNode,
    ...rest: Parameters<OperationNodeTransformer['transformNode']> extends [unknown, ...infer R] ? R : never
  ): SchemableIdentifierNode {
    const transformed = super.transformSchemableIdentifier(node, ...rest)
    const { name } = transformed.identifier
    if (!name.startsWith('accounts_')) return transformed
    return {
      ...transformed,
      identifier: { ...transformed.identifier, name: this.#prefix + name.slice('accounts_'.length) },
    }
  }
}
