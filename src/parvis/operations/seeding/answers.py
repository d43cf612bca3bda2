"""What those who work on a request write, in French and in English: to the citizen, to one another. Pure."""

from random import Random

Table = tuple[tuple[str, ...], tuple[str, ...]]

NOTES = (
    "Vu sur place ce matin, photo au dossier.",
    "Ajouté à la tournée de demain.",
    "Le citoyen est très courtois, il peut être joint en après-midi.",
    "Même endroit que la demande du mois dernier.",
    "Vérifié au plan : c’est bien du domaine public.",
    "Pièce commandée, délai du fournisseur à confirmer.",
    "À regrouper avec les autres signalements de la rue.",
)
QUESTIONS: Table = (
    (
        "Pouvez-vous préciser l’endroit exact, ou nous envoyer une photo?",
        "À quel moment de la journée cela se produit-il?",
        "Nous sommes passés sans rien voir : est-ce encore le cas?",
        "Quel est le numéro inscrit sur le bac ou sur le poteau?",
        "Quelles sont les dimensions prévues?",
    ),
    ("Could you tell us the exact place, or send a picture?", "At what time of day does it happen?"),
)
WAITS = (
    "En attente de la distribution d’électricité : demande de localisation envoyée.",
    "En attente de l’entrepreneur, visite prévue la semaine prochaine.",
    "Pièce commandée chez le fournisseur.",
    "Avis demandé au ministère.",
    "En attente du collecteur, qui doit confirmer son passage.",
)
RESUMES = ("Réponse reçue, on reprend.", "L’entrepreneur est passé.", "Pièce reçue.", "")
PROGRESS: Table = (
    (
        "Nous sommes passés voir : les travaux sont prévus cette semaine.",
        "Votre demande a été transmise à l’équipe de terrain, qui passera dans les prochains jours.",
        "Une première vérification a été faite; nous vous revenons avec la suite.",
    ),
    ("We came to see: the work is planned this week.", "Your request is with the field crew."),
)
NEW_DATES: Table = (
    (
        "La pièce nécessaire n’est pas encore arrivée.",
        "Le temps des derniers jours a retardé les travaux.",
        "L’équipe a dû répondre à des urgences; nous avons pris du retard.",
    ),
    ("The part has not arrived yet.", "The weather of the past days delayed the work."),
)
PASSES = (
    "Après vérification, cela relève de votre service.",
    "Le citoyen parle plutôt d’un autre sujet, qui est chez vous.",
    "Inspection faite; la suite est de votre ressort.",
)
CALLS: Table = (
    (
        "Joint au téléphone : a bien compris, satisfait de la réponse.",
        "Message expliqué, le citoyen remercie.",
        "Rappelé à la maison, l’information a été donnée.",
    ),
    ("Reached by phone, understood and satisfied.", "Called back; the information was given."),
)
MISSED = ("Pas de réponse, message laissé.", "Boîte vocale pleine.", "Occupé, à rappeler en après-midi.")
PUT_THROUGH = (
    "Veut parler à la personne qui suit son dossier.",
    "Question pointue, transférée directement.",
    "Cas particulier, à voir avec le service.",
)
REASONS_TO_CALL: Table = (
    (
        "Veut connaître la suite de son dossier.",
        "Demande le montant exact; à vérifier.",
        "Rappeler pour un rendez-vous.",
    ),
    ("Wants to know what comes next.", "Asks for the exact amount; to be checked."),
)
ENDS: dict[str, Table] = {
    "done": (
        (
            "Les travaux sont faits. Merci de nous l’avoir signalé.",
            "C’est réparé depuis ce matin. Merci de votre patience.",
            "L’équipe est passée et le nécessaire a été fait.",
            "La situation a été corrigée; dites-nous si elle revient.",
        ),
        ("The work is done. Thank you for telling us.", "It was repaired this morning. Thank you for your patience."),
    ),
    "answered": (
        (
            "Voici la réponse à votre question : votre projet est conforme, le permis peut être demandé.",
            "Nous avons vérifié votre dossier et corrigé ce qui devait l’être.",
            "La règle est la même pour tout le secteur; nous vous avons envoyé le détail.",
            "Votre plainte a été examinée et discutée avec l’équipe. Merci de nous l’avoir dit.",
        ),
        ("Here is the answer: your project complies.", "We checked your file and corrected what had to be."),
    ),
    "planned": (
        ("Les travaux sont prévus au calendrier de la saison.", "La rue est inscrite au programme de réfection."),
        ("The work is on this season’s schedule.", "The street is on the repair program."),
    ),
    "refused": (
        (
            "La demande ne respecte pas le règlement; voici l’article et les recours.",
            "L’arbre est sain : il ne sera pas abattu. Il sera revu l’an prochain.",
        ),
        ("The request does not comply with the by-law.", "The tree is healthy and will not be felled."),
    ),
    "not_ours": (
        ("Cela ne relève pas de la Ville; nous vous avons donné le bon numéro.",),
        ("This does not belong to the town; we gave you the right number.",),
    ),
    "not_found": (
        ("Nous sommes passés deux fois et n’avons rien constaté.", "Rien trouvé à l’adresse indiquée."),
        ("We came twice and found nothing.", "Nothing found at that address."),
    ),
    "no_reply": (
        ("Sans réponse à notre question, nous fermons la demande. Elle peut être rouverte.",),
        ("Without a reply to our question we close the request. It can be reopened.",),
    ),
    "passed": (("", "Merci, transmis à l’équipe."), ("", "Thank you, passed on to the team.")),
}
PROOFS = (
    "Bon de travail {n}",
    "Vu sur place par le contremaître, bon {n}",
    "Photo au dossier, bon de travail {n}",
)


def picked(table: Table, lang: str, rng: Random) -> str:
    """One of a table's sentences, in that language."""
    return rng.choice(table[lang == "en"])


def proof(rng: Random) -> str:
    """What proves that the work was done."""
    return rng.choice(PROOFS).format(n=rng.randint(10_000, 99_999))
