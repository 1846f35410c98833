// Reads the import and export statements of TypeScript sources.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'

/** One `import` or `export … from` statement. */
export interface Import {
  /** Path of the importing file, relative to the source folder. */
  readonly from: string
  /** As written. */
  readonly specifier: string
  /** Path of the imported file, relative to the source folder; null for a package or a Node module. */
  readonly to: string | null
  /** Whether nothing of it remains at run time. */
  readonly typeOnly: boolean
  readonly star: boolean
}

/** A source folder by relative path: the text of each file. */
export type Sources = Readonly<Record<string, string>>

/** Every `.ts` file below a folder. */
export function readSources(folder: string): Sources {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))
  return Object.fromEntries(names.sort().map(name => [name, readFileSync(join(folder, name), 'utf8')]))
}

export function importsOf(sources: Sources): Import[] {
  return Object.entries(sources).flatMap(([from, text]) => {
    const file = ts.createSourceFile(from, text, ts.ScriptTarget.ESNext)
    return [...statements(file, from), ...dynamicImports(file, from)]
  })
}

function statements(file: ts.SourceFile, from: string): Import[] {
  return file.statements.flatMap(statement => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return []
    const specifier = statement.moduleSpecifier
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return []
    const star = ts.isExportDeclaration(statement) && (statement.exportClause === undefined || isNamespace(statement))
    return [
      { from, specifier: specifier.text, to: target(from, specifier.text), typeOnly: isTypeOnly(statement), star },
    ]
  })
}

function isNamespace(statement: ts.ExportDeclaration): boolean {
  return statement.exportClause !== undefined && ts.isNamespaceExport(statement.exportClause)
}

/** `import('x')` in code is a value import; as a type (`import('x').Y`) it is a type import. */
function dynamicImports(file: ts.SourceFile, from: string): Import[] {
  const found: Import[] = []
  function visit(node: ts.Node): void {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false)
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true)
    ts.forEachChild(node, visit)
  }
  function add(literal: ts.Node | undefined, typeOnly: boolean): void {
    if (literal === undefined || !ts.isStringLiteral(literal)) return
    found.push({ from, specifier: literal.text, to: target(from, literal.text), typeOnly, star: false })
  }
  visit(file)
  return found
}

function isTypeOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) {
    const clause = statement.exportClause
    const allTypes = clause !== undefined && ts.isNamedExports(clause) && clause.elements.every(name => name.isTypeOnly)
    return statement.isTypeOnly || allTypes
  }
  const clause = statement.importClause
  if (clause === undefined) return false
  if (clause.isTypeOnly) return true
  const named = clause.namedBindings
  const allTypes = named !== undefined && ts.isNamedImports(named) && named.elements.every(name => name.isTypeOnly)
  return clause.name === undefined && allTypes
}

function target(from: string, specifier: string): string | null {
  return specifier.startsWith('.') ? normalize(join(dirname(from), specifier)) : null
}
