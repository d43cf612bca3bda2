/* Shows the town's question box or request form where this script tag stands:
   <script src="https://.../integrer.js" data-parvis="question|signaler|demande" data-lang="fr" async></script>
   data-sujet: the slug of a kind of request; data-title: the accessible name of the frame. It adds one frame, sets no
   cookie, and leaves nothing in the page's global scope. */
;(() => {
  "use strict"
  const NAMES = {
    fr: { question: "Poser une question", signaler: "Signaler un problème", demande: "Faire une demande" },
    en: { question: "Ask a question", signaler: "Report a problem", demande: "Make a request" },
  }
  const PAGES = { question: "/", signaler: "/signaler/", demande: "/demande/" }
  const MOST = 20000

  function show(tag) {
    tag.dataset.parvisDone = ""
    const origin = new URL(tag.src).origin
    const lang = tag.dataset.lang === "en" ? "en" : "fr"
    const kind = tag.dataset.parvis in PAGES ? tag.dataset.parvis : "question"
    const slug = /^[a-z0-9-]+$/.test(tag.dataset.sujet ?? "") ? `${tag.dataset.sujet}/` : ""
    const own = slug ? `/demande/${slug}` : PAGES[kind]
    const framed = slug ? own : kind === "question" ? "/question/" : "/signaler/"

    const frame = document.createElement("iframe")
    frame.src = `${origin}/integre${framed}?langue=${lang}`
    frame.title = tag.dataset.title || NAMES[lang][kind]
    frame.allow = "geolocation"
    frame.referrerPolicy = "strict-origin"
    frame.style.cssText = "display:block;width:100%;min-width:0;border:0;color-scheme:normal"
    frame.style.height = kind === "question" && !slug ? "220px" : "900px"

    const way = document.createElement("p")
    const link = document.createElement("a")
    link.href = `${origin}${own}?langue=${lang}`
    link.textContent = frame.title
    way.append(link)
    way.hidden = true
    tag.after(frame, way)

    let heard = false
    let loads = 0
    addEventListener("message", ({ origin: from, source, data }) => {
      if (from !== origin || source !== frame.contentWindow || data?.parvis !== 1) return
      heard = true
      way.hidden = true
      if (data.height > 0) frame.style.height = `${Math.min(MOST, Math.ceil(data.height))}px`
    })
    frame.addEventListener("load", () => {
      heard = false
      loads += 1
      frame.contentWindow.postMessage({ parvis: 1, hello: true }, origin)
      if (loads > 1 && frame.getBoundingClientRect().top < 0) frame.scrollIntoView({ block: "start" })
      /* Refused (an origin that the town does not list) or unreachable: the way to the same page stays. */
      setTimeout(() => {
        way.hidden = heard
      }, 1500)
    })
  }

  const own = document.currentScript
  if (own?.dataset.parvis !== undefined) show(own)
  else document.querySelectorAll("script[data-parvis]:not([data-parvis-done])").forEach(show)
})()
