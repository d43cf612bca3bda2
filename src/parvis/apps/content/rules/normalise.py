"""Rewrites spoken, texted and typed Québec French closer to what an encoder was trained on.

Only words common to every subject belong here: small words, contractions, particles, everyday anglicisms. The words of
a subject belong to the town's example questions.
"""

import re

_SMALL = """
jpeux=je peux|jpeu=je peux|jveux=je veux|jveu=je veux|jvais=je vais|jva=je vais|mva=je vais|mvas=je vais|jai=j'ai
jsuis=je suis|jsui=je suis|chu=je suis|chui=je suis|chuis=je suis|jme=je me|jfais=je fais|jdois=je dois|jsais=je sais
jcherche=je cherche|jaimerais=j'aimerais|jvoulais=je voulais|jvoudrais=je voudrais|jpense=je pense|jpouvais=je pouvais
jattends=j'attends|jhabite=j'habite|esk=est-ce que|esque=est-ce que|eske=est-ce que|estce=est-ce|cmb=combien
combin=combien|pk=pourquoi|pkoi=pourquoi|pq=pourquoi|kel=quel|kelle=quelle|kan=quand|kand=quand|koi=quoi|ki=qui|ke=que
kes=qu'est-ce que|kess=qu'est-ce que|pis=et|icitte=ici|icite=ici|astheure=maintenant|asteure=maintenant|mtn=maintenant
pantoute=pas du tout|faque=alors|fak=alors|fac=alors|ben=bien|su=sur|toé=toi|moé=moi|yé=il est|qqn=quelqu'un
qqun=quelqu'un|qqch=quelque chose|bcp=beaucoup|tjrs=toujours|tjs=toujours|jms=jamais|pcq=parce que|paske=parce que
vs=vous|rdv=rendez-vous|ds=dans|dins=dans les|dla=de la|stp=s'il te plaît|svp=s'il vous plaît|pu=plus|ya=il y a
ctu=est-ce que c'est|cest=c'est|daccord=d'accord|lhiver=l'hiver|frette=froid|piasses=dollars|piastres=dollars
piasse=dollar|tantôt=tout à l'heure|chum=ami|blonde=conjointe|magané=abîmé|maganée=abîmée|pété=brisé|pétée=brisée
pogné=reçu|char=auto|chars=autos|truck=camion|job=emploi|bill=facture|cash=argent comptant|parker=stationner
parké=stationné|parking=stationnement|driveway=entrée|canceller=annuler|booker=réserver|checker=vérifier|ticket=contravention
proprio=propriétaire|boucane=fumée|malle=courrier|barré=fermé|barrée=fermée
"""
_WORDS = dict(pair.split("=") for line in _SMALL.split("\n") for pair in line.split("|") if pair)
_PHRASES = [
    (re.compile(pattern, re.IGNORECASE), plain)
    for pattern, plain in (
        (r"\b(?:y'?|il y )a[- ]?tu\b", "est-ce qu'il y a"),
        (r"\by'a\b", "il y a"),
        (r"\bsu'a\b", "sur la"),
        (r"\bsu'l[ae']?\b", "sur le"),
        (r"\b[aà] (matin|soir)\b", r"ce \1"),
        (r"\bc'?tu\b", "est-ce que c'est"),
        (r"\bc[- ]tu\b", "est-ce que c'est"),
    )
]
_WORD = re.compile(r"[^\W\d_]+")


def normalise_colloquial(text: str, most: int) -> str:
    """The first `most` words of a message in standard spelling; in lower case when all in capitals."""
    result = " ".join(text.replace("’", "'").split()[:most])
    for pattern, plain in _PHRASES:
        result = pattern.sub(plain, result)
    result = _WORD.sub(lambda match: _WORDS.get(match[0].lower(), match[0]), result)
    return result.lower() if result.isupper() else result
