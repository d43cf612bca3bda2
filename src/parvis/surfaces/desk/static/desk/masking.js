/* Rectangles drawn over a photo, by mouse, touch or keyboard. They are kept in the text field of the form, one a line:
   left, top, width and height in percent; the server paints them into a new picture. */
const STEP = 1
const SMALLEST = 1
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

const within = (value, low, high) => Math.min(Math.max(value, low), high)
const tenths = (value) => Math.round(value * 10) / 10

function read(text) {
  return text
    .split("\n")
    .map((line) => (line.replace(/,(?=\d)/g, ".").match(/\d+(\.\d+)?/g) || []).map(Number))
    .filter((numbers) => numbers.length === 4)
}

function enable(form) {
  const picture = form.querySelector("[data-picture]")
  const field = form.querySelector("textarea")
  let rectangles = read(field.value)

  const write = () => {
    field.value = rectangles.map((rectangle) => rectangle.map(tenths).join(" ")).join("\n")
  }
  const place = (element, [x, y, width, height]) => {
    Object.assign(element.style, { left: `${x}%`, top: `${y}%`, width: `${width}%`, height: `${height}%` })
  }
  const point = (event) => {
    const box = picture.getBoundingClientRect()
    return [
      within(((event.clientX - box.left) / box.width) * 100, 0, 100),
      within(((event.clientY - box.top) / box.height) * 100, 0, 100),
    ]
  }
  const fit = ([x, y, width, height]) => {
    const [w, h] = [within(width, SMALLEST, 100), within(height, SMALLEST, 100)]
    return [within(x, 0, 100 - w), within(y, 0, 100 - h), w, h]
  }

  function draw(focused = -1) {
    for (const old of picture.querySelectorAll("button")) old.remove()
    rectangles.forEach((rectangle, at) => {
      const element = document.createElement("button")
      element.type = "button"
      element.setAttribute("aria-label", form.dataset.one.replace("{}", at + 1))
      place(element, rectangle)
      element.addEventListener("keydown", (event) => press(event, at))
      element.addEventListener("pointerdown", (event) => drag(event, at, element))
      picture.append(element)
    })
    write()
    picture.querySelectorAll("button")[focused]?.focus()
  }

  function press(event, at) {
    if (event.key === "Delete" || event.key === "Backspace") {
      rectangles.splice(at, 1)
      draw(Math.min(at, rectangles.length - 1))
      if (!rectangles.length) form.querySelector("[data-add]").focus()
    } else if (event.key in ARROWS) {
      const [right, down] = ARROWS[event.key].map((by) => by * STEP)
      const [x, y, width, height] = rectangles[at]
      rectangles[at] = fit(event.shiftKey ? [x, y, width + right, height + down] : [x + right, y + down, width, height])
      place(picture.querySelectorAll("button")[at], rectangles[at])
      write()
    } else return
    event.preventDefault()
  }

  function follow(event, move, end) {
    const element = event.currentTarget
    element.setPointerCapture(event.pointerId)
    const stop = () => {
      element.removeEventListener("pointermove", move)
      element.removeEventListener("pointerup", stop)
      element.removeEventListener("pointercancel", stop)
      end()
    }
    element.addEventListener("pointermove", move)
    element.addEventListener("pointerup", stop)
    element.addEventListener("pointercancel", stop)
  }

  function drag(event, at, element) {
    event.stopPropagation()
    const [x, y, width, height] = rectangles[at]
    const [fromX, fromY] = point(event)
    const move = (moved) => {
      const [toX, toY] = point(moved)
      rectangles[at] = fit([x + toX - fromX, y + toY - fromY, width, height])
      place(element, rectangles[at])
    }
    follow(event, move, write)
  }

  picture.addEventListener("pointerdown", (event) => {
    if (event.button) return
    event.preventDefault()
    const [x, y] = point(event)
    const at = rectangles.push([x, y, 0, 0]) - 1
    draw()
    const element = picture.querySelectorAll("button")[at]
    const move = (moved) => {
      const [toX, toY] = point(moved)
      rectangles[at] = [Math.min(x, toX), Math.min(y, toY), Math.abs(toX - x), Math.abs(toY - y)]
      place(element, rectangles[at])
    }
    follow(event, move, () => {
      const [, , width, height] = rectangles[at]
      if (width < SMALLEST && height < SMALLEST) rectangles.splice(at, 1) // a click draws nothing
      else rectangles[at] = fit(rectangles[at])
      draw(at)
    })
  })
  field.addEventListener("change", () => {
    rectangles = read(field.value)
    draw()
  })
  const add = form.querySelector("[data-add]")
  add.hidden = false
  add.addEventListener("click", () => draw(rectangles.push([40, 40, 20, 20]) - 1))
  const undo = form.querySelector("[data-undo]")
  undo.hidden = false
  undo.addEventListener("click", () => {
    rectangles.pop()
    draw()
  })
  picture.dataset.live = ""
  draw()
}

for (const form of document.querySelectorAll("[data-mask]")) enable(form)
