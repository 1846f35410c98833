#!/usr/bin/env node
/** `npx fastify-auth0-users`: the commands of docs/cli.md. */
import process from 'node:process'
import { run } from './program.ts'

const { env, stdout, stderr } = process
process.exitCode = await run(process.argv.slice(2), { env, stdout, stderr, cwd: process.cwd(), now: Date.now })
