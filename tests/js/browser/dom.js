"use strict"
/* A document small enough to read: elements, the selectors and the events that our scripts use, forms as browsers fill
   them. What is absent here throws, so that no test passes by a silence. */
const VOID = new Set(["input", "br", "img", "link", "meta", "hr"])
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: "\u00a0" }
const decode = (text) => text.replace(/&(#?\w+);/g, (whole, name) => ENTITIES[name] ?? whole)
const encode = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
const dashed = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

class Event {
  constructor(type, options = {}) {
    Object.assign(this, { bubbles: false, ...options, type, defaultPrevented: false, stopped: false })
  }
  preventDefault() {
    this.defaultPrevented = true
  }
  stopPropagation() {
    this.stopped = true
  }
  stopImmediatePropagation() {
    this.stopped = this.stoppedNow = true
  }
}
class CustomEvent extends Event {}

class Target {
  listeners = []
  addEventListener(type, run, options) {
    const { capture = false, once = false } = typeof options === "object" ? options : { capture: Boolean(options) }
    this.listeners.push({ type, run, capture, once })
  }
  removeEventListener(type, run) {
    this.listeners = this.listeners.filter((one) => one.type !== type || one.run !== run)
  }
  dispatchEvent(event) {
    event.target ??= this
    const path = [this]
    for (let up = this.parentNode; up; up = up.parentNode) path.push(up)
    if (path.at(-1).window) path.push(path.at(-1).window)
    const tell = (node, capture) => {
      for (const one of [...node.listeners]) {
        if (event.stoppedNow || one.type !== event.type || (node !== this && one.capture !== capture)) continue
        if (node === this && capture !== one.capture) continue
        if (one.once) node.removeEventListener(one.type, one.run)
        event.currentTarget = node
        one.run.call(node, event)
      }
    }
    for (const node of [...path].reverse()) if (!event.stopped) tell(node, true)
    for (const node of event.bubbles ? path : [this]) if (!event.stopped) tell(node, false)
    return !event.defaultPrevented
  }
}

class Text {
  constructor(data) {
    this.data = String(data)
  }
  get textContent() {
    return this.data
  }
  get outerHTML() {
    return encode(this.data)
  }
  cloneNode() {
    return new Text(this.data)
  }
  remove() {
    this.parentNode?.drop(this)
  }
}

/* --- selectors --- */
function split(text, separators) {
  const parts = [""]
  let depth = 0
  for (const letter of text) {
    if ("[(".includes(letter)) depth++
    if ("])".includes(letter)) depth--
    if (!depth && separators.includes(letter)) parts.push("")
    else parts[parts.length - 1] += letter
  }
  return parts.map((part) => part.trim()).filter(Boolean)
}
const SIMPLE =
  /^(?:([a-zA-Z][\w]*|\*)|#([\w-]+)|\.([\w-]+)|\[([\w-]+)(?:([~^$*]?=)"?([^"\]]*)"?)?\]|:([\w-]+)(?:\(((?:[^()]|\([^()]*\))*)\))?)/
const OPERATORS = {
  "=": (value, wanted) => value === wanted,
  "^=": (value, wanted) => value.startsWith(wanted),
  "$=": (value, wanted) => value.endsWith(wanted),
  "*=": (value, wanted) => value.includes(wanted),
}
const PSEUDO = {
  not: (element, inner) => !element.matches(inner),
  checked: (element) => Boolean(element.checked),
  disabled: (element) => Boolean(element.disabled),
}
function isSimple(element, compound) {
  let rest = compound
  while (rest) {
    const found = SIMPLE.exec(rest)
    if (!found) throw new Error(`no such selector here: ${compound}`)
    const [whole, tag, id, name, attribute, operator, value, pseudo, inner] = found
    rest = rest.slice(whole.length)
    if (tag && tag !== "*" && element.localName !== tag.toLowerCase()) return false
    if (id && element.id !== id) return false
    if (name && !element.classList.contains(name)) return false
    if (attribute) {
      const held = element.getAttribute(attribute)
      if (held === null || (operator && !OPERATORS[operator](held, value.replace(/\\/g, "")))) return false
    }
    if (pseudo && !PSEUDO[pseudo](element, inner)) return false
  }
  return true
}
const stepsOf = (selector) => split(selector.replace(/\s*>\s*/g, " >"), " ")
const read = new Map()
/* The alternatives of a selector, each as its steps. */
function alternatives(selector) {
  if (!read.has(selector)) read.set(selector, split(selector, ",").map(stepsOf))
  return read.get(selector)
}
function isComplex(element, steps) {
  const goes = (at, index) => {
    const direct = steps[index].startsWith(">")
    if (!isSimple(at, steps[index].replace(/^>/, ""))) return false
    if (index === 0) return true
    for (let up = at.parentNode; up?.localName; up = up.parentNode) {
      if (goes(up, index - 1)) return true
      if (direct) return false
    }
    return false
  }
  return goes(element, steps.length - 1)
}

/* --- elements --- */
class Parent extends Target {
  childNodes = []
  get children() {
    return this.childNodes.filter((one) => one.localName)
  }
  get childElementCount() {
    return this.children.length
  }
  get firstChild() {
    return this.childNodes[0] ?? null
  }
  get firstElementChild() {
    return this.children[0] ?? null
  }
  get lastElementChild() {
    return this.children.at(-1) ?? null
  }
  get textContent() {
    return this.childNodes.map((one) => one.textContent).join("")
  }
  set textContent(text) {
    this.replaceChildren(...(String(text ?? "") ? [String(text)] : []))
  }
  /* The first descendant, in the order of the document, for which `is` holds. */
  first(is) {
    for (const child of this.childNodes) {
      if (!child.localName) continue
      const found = is(child) ? child : child.first(is)
      if (found) return found
    }
    return null
  }
  insert(index, nodes) {
    const ready = nodes.map((node) => (typeof node === "object" ? node : new Text(node)))
    ready.forEach((node) => node.remove())
    ready.forEach((node) => (node.parentNode = this))
    this.childNodes.splice(index, 0, ...ready)
  }
  drop(node) {
    this.childNodes.splice(this.childNodes.indexOf(node), 1)
    node.parentNode = null
  }
  append(...nodes) {
    this.insert(this.childNodes.length, nodes)
  }
  appendChild(node) {
    this.append(node)
    return node
  }
  prepend(...nodes) {
    this.insert(0, nodes)
  }
  replaceChildren(...nodes) {
    for (const one of [...this.childNodes]) this.drop(one)
    this.append(...nodes)
  }
  contains(node) {
    for (let up = node; up; up = up.parentNode) if (up === this) return true
    return false
  }
  querySelectorAll(selector) {
    const found = []
    this.first((one) => {
      if (one.matches(selector)) found.push(one)
    })
    return found
  }
  querySelector(selector) {
    return this.first((one) => one.matches(selector))
  }
}

const REFLECTED = ["id", "name", "href", "lang", "action", "method", "placeholder", "target", "title"]
const FLAGS = ["hidden", "inert", "open", "disabled", "autofocus"]
class Element extends Parent {
  attributes = new Map()
  constructor(document, localName) {
    super()
    Object.assign(this, { ownerDocument: document, localName, parentNode: null })
    this.style = { setProperty: (name, value) => (this.style[name] = value) }
    this.dataset = new Proxy(this, {
      get: (element, name) => element.getAttribute(`data-${dashed(String(name))}`) ?? undefined,
      set: (element, name, value) => (element.setAttribute(`data-${dashed(name)}`, value), true),
      has: (element, name) => element.hasAttribute(`data-${dashed(String(name))}`),
      deleteProperty: (element, name) => (element.removeAttribute(`data-${dashed(name)}`), true),
    })
    const names = () => (this.getAttribute("class") ?? "").split(/\s+/).filter(Boolean)
    const put = (list) => this.setAttribute("class", list.join(" "))
    this.classList = {
      contains: (name) => names().includes(name),
      add: (name) => put([...new Set([...names(), name])]),
      remove: (name) => put(names().filter((one) => one !== name)),
      toggle: (name, wanted = !names().includes(name)) =>
        wanted ? this.classList.add(name) : this.classList.remove(name),
    }
    if (localName === "template") this.content = new Parent()
  }
  get tagName() {
    return this.localName.toUpperCase()
  }
  getAttribute(name) {
    return this.attributes.get(name) ?? null
  }
  setAttribute(name, value) {
    this.attributes.set(name, String(value))
  }
  removeAttribute(name) {
    this.attributes.delete(name)
  }
  hasAttribute(name) {
    return this.attributes.has(name)
  }
  toggleAttribute(name, wanted = !this.hasAttribute(name)) {
    wanted ? this.setAttribute(name, this.getAttribute(name) ?? "") : this.removeAttribute(name)
  }
  get className() {
    return this.getAttribute("class") ?? ""
  }
  set className(names) {
    this.setAttribute("class", names)
  }
  get isConnected() {
    return this.ownerDocument.contains(this)
  }
  remove() {
    this.parentNode?.drop(this)
  }
  at() {
    return this.parentNode.childNodes.indexOf(this)
  }
  before(...nodes) {
    this.parentNode.insert(this.at(), nodes)
  }
  after(...nodes) {
    this.parentNode.insert(this.at() + 1, nodes)
  }
  replaceWith(...nodes) {
    this.before(...nodes)
    this.remove()
  }
  matches(selector) {
    return alternatives(selector).some((steps) => isComplex(this, steps))
  }
  closest(selector) {
    for (let up = this; up?.localName; up = up.parentNode) if (up.matches(selector)) return up
    return null
  }
  cloneNode(deep) {
    const made = this.ownerDocument.createElement(this.localName)
    for (const [name, value] of this.attributes) made.setAttribute(name, value)
    if (deep) made.append(...this.childNodes.map((one) => one.cloneNode(true)))
    return made
  }
  get innerHTML() {
    return this.childNodes.map((one) => one.outerHTML).join("")
  }
  set innerHTML(html) {
    this.replaceChildren()
    parse(this.ownerDocument, html, this.content ?? this)
  }
  get outerHTML() {
    const given = [...this.attributes].map(([name, value]) => ` ${name}="${encode(value)}"`).join("")
    return `<${this.localName}${given}>${VOID.has(this.localName) ? "" : `${this.innerHTML}</${this.localName}>`}`
  }
  set outerHTML(html) {
    const box = this.ownerDocument.createElement("div")
    box.innerHTML = html
    this.replaceWith(...box.childNodes)
  }
  /* Where things stand, and what is scrolled into view, is decided by the test: `layout` and `scrolled` of the document. */
  getBoundingClientRect() {
    return this.ownerDocument.layout(this)
  }
  getClientRects() {
    return this.hidden ? [] : [this.ownerDocument.layout?.(this)]
  }
  scrollIntoView(options) {
    this.ownerDocument.scrolled?.(this, options)
  }
  focus() {
    if (this.ownerDocument.activeElement === this) return
    this.ownerDocument.focused = this
    this.dispatchEvent(new Event("focusin", { bubbles: true }))
  }
  click() {
    if (this.disabled) return
    const event = new Event("click", { bubbles: true, button: 0 })
    if (this.onclick) this.onclick(event)
    if (!this.dispatchEvent(event)) return
    const submits = this.localName === "button" && this.form && (this.getAttribute("type") ?? "submit") === "submit"
    if (submits) this.form.requestSubmit()
  }
  showModal() {
    this.open = true
  }
  close() {
    this.open = false
  }
  /* fields and forms */
  get form() {
    return this.closest("form")
  }
  get type() {
    if (this.localName === "select") return "select-one"
    if (this.localName === "textarea") return "textarea"
    return this.getAttribute("type") ?? (this.localName === "input" ? "text" : "")
  }
  set type(value) {
    this.setAttribute("type", value)
  }
  get options() {
    return this.querySelectorAll("option")
  }
  get selectedOptions() {
    return this.options.filter((one) => one.value === this.value).slice(0, 1)
  }
  get value() {
    if (this.localName === "option") return this.getAttribute("value") ?? this.textContent
    if (this.localName === "select") {
      const held = this.options.find((one) => one.value === this.typed)
      return (held ?? this.options.find((one) => one.hasAttribute("selected")) ?? this.options[0])?.value ?? ""
    }
    if (/^(radio|checkbox)$/.test(this.type)) return this.getAttribute("value") ?? "on"
    return this.typed ?? this.defaultValue
  }
  set value(text) {
    if (/^(option)$/.test(this.localName) || /^(radio|checkbox|hidden)$/.test(this.type))
      this.setAttribute("value", text)
    else this.typed = String(text)
  }
  get defaultValue() {
    return this.localName === "textarea" ? this.textContent : (this.getAttribute("value") ?? "")
  }
  get checked() {
    if (!/^(radio|checkbox)$/.test(this.type)) return undefined
    return this.ticked ?? this.hasAttribute("checked")
  }
  set checked(wanted) {
    this.ticked = Boolean(wanted)
    if (!wanted || this.type !== "radio") return
    for (const other of (this.form ?? this.ownerDocument).querySelectorAll(`input[name="${this.name}"]`))
      if (other !== this && other.type === "radio") other.ticked = false
  }
  get selectionEnd() {
    return this.value.length
  }
  setSelectionRange() {}
  select() {}
  get elements() {
    const fields = this.querySelectorAll("input, select, textarea, button")
    return new Proxy(fields, {
      get(list, key) {
        if (typeof key === "symbol" || key in list) return list[key]
        const named = list.filter((one) => one.name === key || one.id === key)
        return named.length > 1 ? named : named[0]
      },
    })
  }
  reset() {
    for (const field of this.elements) field.typed = field.ticked = undefined
  }
  requestSubmit() {
    if (this.dispatchEvent(new Event("submit", { bubbles: true }))) this.submit()
  }
  submit() {
    this.ownerDocument.submitted.push(this)
  }
}
for (const name of REFLECTED)
  Object.defineProperty(Element.prototype, name, {
    get() {
      const held = this.getAttribute(name) ?? ""
      if (!["href", "action"].includes(name) || !held) return name === "method" ? held || "get" : held
      return new URL(held, this.ownerDocument.window.location.href).href
    },
    set(value) {
      this.setAttribute(name, value)
    },
  })
for (const name of FLAGS)
  Object.defineProperty(Element.prototype, name, {
    get() {
      return this.hasAttribute(name)
    },
    set(wanted) {
      this.toggleAttribute(name, Boolean(wanted))
    },
  })
Object.defineProperty(Element.prototype, "htmlFor", {
  set(id) {
    this.setAttribute("for", id)
  },
})

class Document extends Parent {
  submitted = []
  visibilityState = "visible"
  constructor(html = "") {
    super()
    this.documentElement = new Element(this, "html")
    this.documentElement.lang = "fr"
    this.body = new Element(this, "body")
    this.documentElement.append(this.body)
    this.append(this.documentElement)
    this.fonts = { ready: Promise.resolve() }
    parse(this, html, this.body)
  }
  get activeElement() {
    return this.focused?.isConnected ? this.focused : this.body
  }
  createElement(name) {
    return new Element(this, name)
  }
  getElementById(id) {
    return this.first((one) => one.getAttribute("id") === id)
  }
}

const TOKEN = /<!--[^]*?-->|<(\/?)([a-zA-Z][\w-]*)((?:\s+[^\s=>"'/]+(?:="[^"]*"|='[^']*'|=[^\s>]+)?)*)\s*\/?>|[^<]+/g
function parse(document, html, into) {
  const open = [into]
  for (const [whole, closing, tag, given] of html.matchAll(TOKEN)) {
    const at = open.at(-1)
    if (whole.startsWith("<!")) continue
    if (!tag) {
      at.append(decode(whole))
      continue
    }
    const name = tag.toLowerCase()
    if (closing) {
      const index = open.findLastIndex((one) => (one.holder ?? one).localName === name)
      if (index > 0) open.length = index
      continue
    }
    const element = document.createElement(name)
    for (const [, key, quoted, single, bare] of given.matchAll(/([^\s=]+)(?:="([^"]*)"|='([^']*)'|=([^\s>]+))?/g))
      element.setAttribute(key, decode(quoted ?? single ?? bare ?? ""))
    at.append(element)
    if (VOID.has(name)) continue
    if (element.content) element.content.holder = element
    open.push(element.content ?? element)
  }
}

class DOMParser {
  parseFromString(html) {
    return new Document(html)
  }
}

module.exports = { CustomEvent, DOMParser, Document, Event, Target }
