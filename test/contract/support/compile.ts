// Compiles snippets as a host would: against the built package, through its exports.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import ts from 'typescript'
import { repository } from './documents.ts'

/** Sources by file name. */
export type Snippets = Readonly<Record<string, string>>

/**
 * The errors of each snippet as `line N: message`, by file name; errors elsewhere stand under `*`. The
 * snippets make one program, as the files of one host would: what one declares reaches the others. They
 * are written below `node_modules/.cache`, from where the packages of the workspace resolve.
 */
export function compile(
  folderName: string,
  snippets: Snippets,
  { checkLibraries = false }: { checkLibraries?: boolean } = {},
): Record<string, string[]> {
  const folder = join(repository, 'node_modules/.cache/contract', folderName)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  for (const [name, text] of Object.entries(snippets)) writeFileSync(join(folder, name), text)

  const files = Object.keys(snippets).map(name => join(folder, name))
  const errors: Record<string, string[]> = Object.fromEntries([...Object.keys(snippets), '*'].map(name => [name, []]))
  for (const diagnostic of ts.getPreEmitDiagnostics(createProgram(files, checkLibraries))) {
    const name = diagnostic.file?.fileName ?? ''
    errors[files.includes(name) ? basename(name) : '*']?.push(describe(diagnostic))
  }
  return errors
}

/** Declaration files, parsed once for all programs. */
const parsed = new Map<string, ts.SourceFile>()

/** A program as a careful host would compile it, with the types of Node. */
export function createProgram(files: readonly string[], checkLibraries = false): ts.Program {
  const options = { ...compilerOptions, skipLibCheck: !checkLibraries }
  const host = ts.createCompilerHost(options)
  host.getCurrentDirectory = () => repository
  const { getSourceFile } = host
  host.getSourceFile = (name, ...rest) => {
    const known = parsed.get(name)
    if (known !== undefined) return known
    const file = getSourceFile.call(host, name, ...rest)
    if (file?.isDeclarationFile) parsed.set(name, file)
    return file
  }
  return ts.createProgram(files, options, host)
}

function describe({ file, start = 0, messageText }: ts.Diagnostic): string {
  const message = ts.flattenDiagnosticMessageText(messageText, ' ')
  if (file === undefined) return message
  const line = `line ${file.getLineAndCharacterOfPosition(start).line + 1}`
  return file.fileName.includes('.cache') ? `${line}: ${message}` : `${file.fileName} ${line}: ${message}`
}

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  noEmit: true,
}
