/* Solves an ALTCHA challenge (v1) off the main thread: finds the number whose hash with the salt is the challenge. */
const text = new TextEncoder()

onmessage = async ({ data: { algorithm, challenge, salt, signature, maxnumber, maxNumber } }) => {
  for (let number = 0; number <= (maxNumber ?? maxnumber); number++) {
    const hash = new Uint8Array(await crypto.subtle.digest(algorithm, text.encode(salt + number)))
    let hex = ""
    for (const byte of hash) hex += byte.toString(16).padStart(2, "0")
    if (hex === challenge) return postMessage(btoa(JSON.stringify({ algorithm, challenge, number, salt, signature })))
  }
  postMessage("")
}
