/* Reads aloud what a call says, with the voices of the browser, which come late in some. Without any, the buttons stay hidden. */
const speech = window.speechSynthesis

function voiceOf(language) {
  const voices = speech.getVoices()
  const same = voices.filter((voice) => voice.lang.replace("_", "-").toLowerCase().startsWith(language.slice(0, 2)))
  return same.find((voice) => voice.lang.replace("_", "-").toLowerCase() === language.toLowerCase()) ?? same[0]
}

function show() {
  const speaking = speech.speaking || speech.pending
  for (const group of document.querySelectorAll("[data-listen]")) {
    group.hidden = speech.getVoices().length === 0
    group.querySelector("[data-listen-stop]").hidden = !speaking
  }
}

function say(source) {
  speech.cancel()
  const lines = source.innerText.split("\n").filter((line) => line.trim())
  lines.forEach((line, rank) => {
    const words = new SpeechSynthesisUtterance(line)
    words.lang = source.lang
    words.voice = voiceOf(source.lang) ?? null
    if (rank === lines.length - 1) words.onend = show
    words.onerror = show
    speech.speak(words)
  })
  show()
}

if (speech && window.SpeechSynthesisUtterance) {
  show()
  document.addEventListener("htmx:afterSettle", show)
  speech.addEventListener("voiceschanged", show)
  window.addEventListener("pagehide", () => speech.cancel())
  document.addEventListener("click", ({ target }) => {
    const listen = target.closest("[data-listen-to]")
    if (listen) say(document.getElementById(listen.dataset.listenTo))
    if (!target.closest("[data-listen-stop]")) return
    speech.cancel()
    show()
    document.querySelector("[data-listen-to]").focus()
  })
}
