// Renders cases with handlebars.js: reads a case as JSON from each line, and writes {"output"} or {"error"} as a line.
// The helpers are those of DifferentialHelpers.swift.
'use strict'

const Handlebars = require('handlebars')
const { JavaScriptCompiler } = Handlebars

// 4.7 adds adjacent unescaped numbers, so that {{{1}}}{{{2}}} prints 3 (fixed in 5, issue 2167 of handlebars.js).
// Here each number is converted to text first, so that a known bug does not hide others.
JavaScriptCompiler.prototype.append = function () {
  if (this.isInline()) {
    this.replaceStack(current => [' != null ? "" + ', current, ' : ""'])
    this.pushSource(this.appendToBuffer(this.popStack()))
  } else {
    const local = this.popStack()
    this.pushSource(['if (', local, ' != null) { ', this.appendToBuffer(['"" + ', local], undefined, true), ' }'])
    if (this.environment.isSimple) this.pushSource(['else { ', this.appendToBuffer("''", undefined, true), ' }'])
  }
}

// In JavaScript a function prints its source and a SafeString has a field, which the data of this engine never has.
const { call, apply } = Function.prototype
const silent = Object.create(null, { toString: { value: () => '' }, call: { value: call }, apply: { value: apply } })
function plainFunction(body) {
  delete body.length
  delete body.name
  return Object.setPrototypeOf(body, silent)
}
function safe(text) {
  return Object.defineProperty(new Handlebars.SafeString(text), 'string', { enumerable: false })
}

/** Values that JSON has no words for are written as {"$": kind, "value": …}. */
function revived(value) {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(revived)
  switch (value.$) {
    case 'undefined': return undefined
    case 'number': return Number(value.value)
    case 'safe': return safe(value.value)
    case 'lazy': {
      const result = revived(value.value)
      return plainFunction(() => result)
    }
    case 'field': return plainFunction(function () { return own(this, value.value) })
    default: return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revived(item)]))
  }
}
function own(object, name) {
  return object != null && Object.prototype.hasOwnProperty.call(object, name) ? object[name] : undefined
}

const helpers = {
  echo: first,
  join(...all) { return all.slice(0, -1).map(String).join(',') },
  safe: (...all) => safe(String(first(...all))),
  list(...all) { return all.slice(0, -1) },
  object: (...all) => all[all.length - 1].hash,
  nothing: () => undefined,
  none: () => null,
  yes: () => true,
  no: () => false,
  number: () => 7,
  kind: (...all) => kind(first(...all)),
  count: (...all) => (all.length - 1) + '/' + Object.keys(all[all.length - 1].hash).length,
  keys: (...all) => Object.keys(all[all.length - 1].hash).join(' '),
  name: (...all) => all[all.length - 1].name,
  me() { return this },
  field() { return typeof this === 'object' ? own(this, 'a') : undefined },
  datum(...all) { const { data } = all[all.length - 1]; return data && data[all.length > 1 ? all[0] : 'index'] },
  fail() { throw new Error('fails on purpose') },
  block(...all) { const { fn, inverse } = blocks(all); return '<' + fn(this) + '|' + inverse(this) + '>' },
  twice(...all) { const { fn } = blocks(all); return fn(this) + fn(this) },
  within(...all) { const value = first(...all); const { fn, inverse } = blocks(all); return value ? fn(value) : inverse(this) },
  frame(...all) {
    const options = all[all.length - 1]
    const data = Handlebars.createFrame(options.data)
    data.custom = options.hash.custom
    return blocks(all).fn(this, { data, blockParams: [all.length > 1 ? all[0] : undefined, 'second'] })
  },
  params(...all) { return String(blocks(all).fn.blockParams || 0) }
}
/** The first argument, if there is one: the last thing a helper is given are always its options. */
function first(...all) { return all.length > 1 ? all[0] : undefined }
function kind(value) {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}
function blocks(all) {
  const { fn, inverse } = all[all.length - 1]
  return { fn: fn || (() => ''), inverse: inverse || (() => '') }
}
const hooks = {
  helperMissing(...all) { return 'missing ' + all[all.length - 1].name + ' ' + (all.length - 1) },
  blockHelperMissing(context, options) { return 'section ' + options.name + ' ' + options.fn(this) + options.inverse(this) }
}

function render({ template, partials, data, options, hooked, variables }) {
  const engine = Handlebars.create()
  engine.log = () => {}
  engine.logger.log = () => {}
  engine.registerHelper(helpers)
  if (hooked) engine.registerHelper(hooks)
  for (const name in partials) engine.registerPartial(name, partials[name])
  return engine.compile(template, options)(revived(data), { data: revived(variables) })
}

function answer(line) {
  try {
    const output = render(JSON.parse(line))
    return { output: Buffer.from(output, 'utf8').toString('utf8') }
  } catch (error) {
    return { error: String(error && error.message), line: error && error.lineNumber, column: error && error.column }
  }
}

if (process.argv[2] === '--version') {
  process.stdout.write(Handlebars.VERSION + '\n')
} else {
  require('readline').createInterface({ input: process.stdin, terminal: false })
    .on('line', line => process.stdout.write(JSON.stringify(answer(line)) + '\n'))
}
