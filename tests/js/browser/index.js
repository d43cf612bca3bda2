"use strict"
/* Runs the scripts of Parvis, as they are served, in a stand-in of a browser: its document, its clock, what it keeps and
   its network are those of the test. `Page` runs a module of a page, `Worker` a service worker. */
const { File } = require("node:buffer")
const crypto = require("node:crypto")
const fs = require("node:fs")
const path = require("node:path")
const vm = require("node:vm")
const { Clock, flush } = require("./clock.js")
const { CustomEvent, DOMParser, Document, Event, Target } = require("./dom.js")
const { Caches, Databases, LocalStorage, Locks } = require("./storage.js")

const ROOT = path.resolve(__dirname, "../../../src/parvis")
const ORIGIN = "https://parvis.example.ca"

const SHARED = { Blob, File, Headers, Response, TextEncoder, TextDecoder, URL, URLSearchParams, AbortController }
const MONDAY = "2026-03-02T15:00:00Z" /* ten in the morning, in winter, in the town */

/* What a test decides: answers of the network in `answer`, and the requests that were made in `asked`. */
class Network {
  asked = []
  answer = () => {
    throw new TypeError("Failed to fetch")
  }
  down = false
  fetch = (input, options = {}) => {
    const url = new URL(input.url ?? input, ORIGIN)
    const request = { url, path: url.pathname, method: "GET", ...(input.url ? input : {}), ...options }
    request.url = url
    this.asked.push(request)
    const { signal } = request
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason)
      if (signal?.aborted) return stop()
      signal?.addEventListener("abort", stop)
      if (this.down) return reject(new TypeError("Failed to fetch"))
      Promise.resolve()
        .then(() => this.answer(request))
        .then(resolve, reject)
    })
  }
  paths() {
    return this.asked.map((one) => one.path)
  }
}

/* A device: what its pages and its workers share. */
class Device {
  constructor({ at = MONDAY } = {}) {
    this.clock = new Clock(at)
    this.network = new Network()
    this.databases = new Databases()
    this.locks = new Locks()
    this.localStorage = new LocalStorage()
    this.caches = new Caches(ORIGIN, this.network.fetch)
    this.channels = new Set()
  }
}

function context(device, values) {
  const { clock, network } = device
  class Signal extends AbortSignal {
    static timeout(milliseconds) {
      const controller = new AbortController()
      clock.setTimeout(() => controller.abort(new DOMException("too long", "TimeoutError")), milliseconds)
      return controller.signal
    }
  }
  class Channel extends Target {
    constructor(name) {
      super()
      this.name = name
      device.channels.add(this)
    }
    postMessage(data) {
      for (const other of device.channels)
        if (other !== this && other.name === this.name) other.dispatchEvent(new Event("message", { data }))
    }
  }
  class Request {
    constructor(url, options = {}) {
      Object.assign(this, { method: "GET", ...options, url: new URL(url, ORIGIN).href })
    }
  }
  const sandbox = {
    ...SHARED,
    AbortSignal: Signal,
    BroadcastChannel: Channel,
    CustomEvent,
    DOMException,
    Event,
    FormData,
    Request,
    caches: device.caches,
    clearInterval: (id) => clock.clear(id),
    clearTimeout: (id) => clock.clear(id),
    console,
    crypto: crypto.webcrypto,
    fetch: network.fetch,
    indexedDB: device.databases,
    localStorage: device.localStorage,
    performance: { now: () => clock.steady },
    setInterval: (...given) => clock.setInterval(...given),
    setTimeout: (...given) => clock.setTimeout(...given),
    structuredClone,
    ...values,
  }
  sandbox.self = sandbox.window = sandbox
  const made = vm.createContext(sandbox)
  const dated =
    "(now) => { const Real = Date; globalThis.Date = class extends Real {" +
    "constructor(...given) { given.length ? super(...given) : super(now()) } static now() { return now() } } }"
  vm.runInContext(dated, made)(() => clock.now())
  return made
}

class Page {
  constructor(html, { device = new Device(), address = "/", values = {} } = {}) {
    this.device = device
    this.clock = device.clock
    this.network = device.network
    this.document = new Document(html)
    this.window = new Target()
    this.went = []
    const go = (to) => this.went.push(String(to))
    const { window } = this
    this.serviceWorker = Object.assign(new Target(), {
      ready: Promise.resolve({ active: { postMessage: () => {} } }),
      register: async () => ({}),
      getRegistrations: async () => [],
      controller: null,
    })
    const location = new URL(address, ORIGIN)
    this.location = {
      href: location.href,
      origin: location.origin,
      pathname: location.pathname,
      search: location.search,
      protocol: location.protocol,
      assign: go,
      replace: go,
      reload: () => go("reload"),
    }
    this.document.window = Object.assign(window, { location: this.location })
    const page = this
    class PageFormData extends FormData {
      constructor(form) {
        super()
        for (const field of form?.elements ?? []) {
          if (!field.name || field.disabled || field.localName === "button") continue
          if (/^(radio|checkbox)$/.test(field.type) && !field.checked) continue
          this.append(field.name, field.value)
        }
      }
    }
    this.navigator = { onLine: true, serviceWorker: this.serviceWorker, locks: device.locks, sendBeacon: () => true }
    this.context = context(device, {
      CSS: { escape: (text) => text, supports: () => true },
      DOMParser,
      FormData: PageFormData,
      addEventListener: (...given) => window.addEventListener(...given),
      removeEventListener: (...given) => window.removeEventListener(...given),
      confirm: () => true,
      devicePixelRatio: 1,
      dispatchEvent: (event) => window.dispatchEvent(event),
      document: this.document,
      history: { replaceState() {} },
      htmx: { process() {} },
      innerHeight: 1080,
      innerWidth: 1920,
      isSecureContext: true,
      location: this.location,
      navigator: this.navigator,
      open: (to) => page.went.push(String(to)),
      requestAnimationFrame: (run) => device.clock.setTimeout(run, 16),
      ...values,
    })
    this.modules = new Map()
  }

  /* Runs a module, `file` under src/parvis, with what it imports; resolves to what it exports. */
  async run(file) {
    const module = this.module(path.join(ROOT, file))
    await module.link((specifier, from) => this.module(path.resolve(path.dirname(from.identifier), specifier)))
    await module.evaluate()
    await flush()
    return module.namespace
  }
  module(file) {
    if (!this.modules.has(file)) {
      const code = fs.readFileSync(file, "utf8")
      const importModuleDynamically = async (specifier) => {
        const module = this.module(path.resolve(path.dirname(file), specifier))
        if (module.status === "unlinked") await module.link(() => {})
        await module.evaluate()
        return module
      }
      const options = { context: this.context, identifier: file, importModuleDynamically }
      this.modules.set(file, new vm.SourceTextModule(code, options))
    }
    return this.modules.get(file)
  }

  byId(id) {
    return this.document.getElementById(id)
  }
  find(selector) {
    return this.document.querySelector(selector)
  }
  all(selector) {
    return this.document.querySelectorAll(selector)
  }
  /* Writes in a field, as a person does: the page hears of it. */
  type(field, text) {
    field.focus()
    field.value = text
    field.dispatchEvent(new Event("input", { bubbles: true }))
  }
  choose(field, value) {
    if (value === undefined || field.type === "radio") field.checked = true
    else field.value = value
    field.dispatchEvent(new Event("input", { bubbles: true }))
    field.dispatchEvent(new Event("change", { bubbles: true }))
  }
  press(key, target = this.document.activeElement, more = {}) {
    const event = new Event("keydown", { bubbles: true, key, ...more })
    target.dispatchEvent(event)
    return event
  }
  tell(type, values = {}) {
    this.window.dispatchEvent(new Event(type, values))
  }
}

class Worker {
  constructor(code, { device = new Device(), address = "/sw.js", settings, files = [] } = {}) {
    this.device = device
    this.clock = device.clock
    this.network = device.network
    const target = new Target()
    this.target = target
    this.windows = []
    this.shown = []
    this.opened = []
    this.registered = []
    this.skipped = 0
    this.navigator = {
      onLine: true,
      locks: device.locks,
      language: "fr-CA",
      setAppBadge: async (n) => (this.badge = n),
    }
    class Redirecting extends Response {
      static redirect(to, status) {
        return new Response(null, { status, headers: { Location: new URL(to, ORIGIN).href } })
      }
    }
    this.context = context(device, {
      Notification: { permission: "granted" },
      Response: Redirecting,
      SETTINGS: settings,
      addEventListener: (...given) => target.addEventListener(...given),
      clients: {
        claim: async () => {},
        get: async (id) => this.windows.find((one) => one.id === id),
        matchAll: async () => this.windows,
        openWindow: async (url) => this.opened.push(url),
      },
      location: new URL(address, ORIGIN),
      navigator: this.navigator,
      registration: {
        showNotification: async (title, options) => this.shown.push({ title, ...options }),
        sync: { register: async (tag) => this.registered.push(tag) },
      },
      skipWaiting: async () => void this.skipped++,
    })
    for (const file of files) vm.runInContext(fs.readFileSync(path.join(ROOT, file), "utf8"), this.context)
    if (code) vm.runInContext(code, this.context)
  }

  /* Sends an event, and waits for all that it asked the browser to wait for. */
  async send(type, values = {}) {
    const waits = []
    const event = new Event(type, { ...values, waitUntil: (promise) => waits.push(promise) })
    this.target.dispatchEvent(event)
    await Promise.all(waits)
  }
  /* Asks for an address through the worker; undefined when the worker leaves it to the browser. */
  async ask(url, { mode = "no-cors", method = "GET", data, referrer = "", clientId = "", destination = "" } = {}) {
    const whole = new URL(url, ORIGIN).href
    const request = { url: whole, mode, method, referrer, destination, data }
    request.formData = async () => data
    request.clone = () => request
    let answer
    const waits = []
    const event = new Event("fetch", { request, clientId })
    event.respondWith = (promise) => (answer = Promise.resolve(promise))
    event.waitUntil = (promise) => waits.push(promise)
    this.target.dispatchEvent(event)
    const result = await answer
    await Promise.all(waits)
    return result
  }
  open(url) {
    return this.ask(url, { mode: "navigate" })
  }
}

const source = (file) => fs.readFileSync(path.join(ROOT, file), "utf8")
const json = (values, options = {}) => Response.json(values, options)
const html = (text, options = {}) =>
  new Response(text, { ...options, headers: { "Content-Type": "text/html; charset=utf-8", ...options.headers } })
/* An answer that came from another address, as a page to sign in does; so are its copies. */
function redirected(response) {
  const { clone } = response
  return Object.defineProperties(response, {
    redirected: { value: true },
    clone: { value: () => redirected(clone.call(response)) },
  })
}
/* What was made by a script of a page, compared as plain values. */
const plain = (values) => JSON.parse(JSON.stringify(values))
/* An answer of the network that comes when the test says so. */
function later() {
  const made = {}
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}

module.exports = { Device, Event, ORIGIN, Page, ROOT, Worker, flush, html, json, later, plain, redirected, source }
