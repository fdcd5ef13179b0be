// handlebars.js as a peer of `bench render`: node handlebars.js DIRECTORY
//
// Debian's package `handlebars` has the module. Templates are precompiled; files and output are trimmed and the
// layout gets the page as `body`, as express-handlebars does it. A page counts as rendered when it is UTF-8.
'use strict'

const fs = require('fs')
const path = require('path')
const readline = require('readline')

module.paths.push('/usr/share/nodejs')
const Handlebars = require('handlebars')

const directory = process.argv[2]
const read = (file) => fs.readFileSync(path.join(directory, file), 'utf8')

// eslint-disable-next-line no-eval -- the templates are ours
const compile = (text) => Handlebars.template(eval(`(${Handlebars.precompile(text.trim())})`))

const folder = (name) =>
  Object.fromEntries(
    fs.readdirSync(path.join(directory, 'views', name))
      .filter((file) => file.endsWith('.handlebars'))
      .map((file) => [path.basename(file, '.handlebars'), compile(read(path.join('views', name, file)))]))

const helpers = {
  upper: (text) => String(text).toUpperCase(),
  over: (one, other) => one > other,
  money: (amount, options) => `${amount.toFixed(2)} ${options.hash.currency}`,
  box (options) {
    return `<div class="${Handlebars.escapeExpression(options.hash.kind)}">${options.fn(this)}</div>`
  }
}

const views = folder('')
const layout = folder('layouts').main
const options = { helpers, partials: folder('partials') }
const data = {}

const render = (view, context) => {
  const body = views[view](context, options).trim()
  return Buffer.from(layout({ ...context, body }, options).trim(), 'utf8')
}

const load = (name) => (data[name] ??= JSON.parse(read(`data/${name}.json`)))

const repeat = (seconds, body) => {
  const start = process.hrtime.bigint()
  for (let count = 1; ; count++) {
    body()
    const passed = Number(process.hrtime.bigint() - start) / 1e9
    if (passed >= seconds) return `${passed} ${count}`
  }
}

const commands = {
  write: (view, name, file) => {
    fs.writeFileSync(path.resolve(directory, file), render(view, load(name)))
    return 'done'
  },
  time: (view, name, seconds) => {
    const context = load(name)
    return repeat(Number(seconds), () => render(view, context))
  },
  compile: (file, seconds) => {
    const text = read(file)
    return repeat(Number(seconds), () => compile(text))
  }
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const [command, ...words] = line.split(' ')
  let answer
  try {
    answer = commands[command](...words)
  } catch (error) {
    answer = `cannot ${String(error.message).split('\n')[0]}`
  }
  process.stdout.write(`${answer}\n`)
})
