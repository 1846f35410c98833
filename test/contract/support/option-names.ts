// The names of all options, read from the type that hosts see.
import { join } from 'node:path'
import ts from 'typescript'
import { createProgram } from './compile.ts'
import { repository } from './documents.ts'

/** Options whose value is an object of options. */
const groups = new Set([
  'tables',
  'test',
  'jwks',
  'claims',
  'users',
  'cache',
  'hooks',
  'profile',
  'privacy',
  'methods',
  'admin',
  'auth0',
  'organizations',
])

/** As `domain` and `jwks.ttl`, from the declarations of the built package. */
export function optionNames(): string[] {
  const file = join(repository, 'packages/fastify-auth0-users/dist/options/options.d.ts')
  const program = createProgram([file])
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const declaration = source?.statements.find(
    statement => ts.isInterfaceDeclaration(statement) && statement.name.text === 'Auth0UsersOptions',
  )
  if (declaration === undefined) throw new Error(`${file} declares no Auth0UsersOptions`)
  return checker
    .getTypeAtLocation(declaration)
    .getProperties()
    .flatMap(property => {
      const { name } = property
      if (!groups.has(name)) return [name]
      const type = checker.getTypeOfSymbol(property)
      const inner = members(checker, type).map(member => `${name}.${member}`)
      return canBeFalse(type) ? [name, ...inner] : inner
    })
}

/** The properties of the object type among the members of a union. */
function members(checker: ts.TypeChecker, type: ts.Type): string[] {
  const parts = type.isUnion() ? type.types : [type]
  const object = parts.find(part => (part.flags & ts.TypeFlags.Object) !== 0 || part.isIntersection())
  return object === undefined ? [] : checker.getPropertiesOfType(object).map(({ name }) => name)
}

/** An object of options that `false` can stand in for is an option itself. */
function canBeFalse(type: ts.Type): boolean {
  return type.isUnion() && type.types.some(part => (part.flags & ts.TypeFlags.BooleanLiteral) !== 0)
}
