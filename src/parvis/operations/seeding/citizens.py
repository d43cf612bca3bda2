"""What people say when they write to a town, by theme, in French and in English. Pure tables: no town in them.

A subject that no theme knows is told in the town's own ways of asking (`Topic.said`).
"""

from random import Random

from parvis.operations.seeding.town_data import Topic

SAID: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "snow": (
        (
            "La charrue n’est pas passée dans notre rue{since}.",
            "Le bout de la rue a été oublié encore une fois, on ne peut plus tourner.",
            "La souffleuse a laissé un gros banc de neige devant mon entrée.",
            "Le trottoir est une vraie patinoire, une dame est tombée ce matin.",
            "Ma boîte aux lettres a été frappée par la charrue.",
            "Le gazon et la bordure ont été arrachés par le déneigement.",
            "Il n’y a pas eu de sel ni de sable dans la côte{since}.",
        ),
        (
            "The plow has not come down our street{since}.",
            "The snow blower left a bank right across my driveway.",
            "The sidewalk is sheer ice; someone fell this morning.",
            "My mailbox was hit by the plow.",
        ),
    ),
    "leaves": (
        (
            "J’ai un gros tas de branches au bord de la rue depuis le vent.",
            "Est-ce que la déchiqueteuse va repasser? Mes branches sont encore là{since}.",
            "Mes sacs de feuilles n’ont pas été ramassés{since}.",
            "Je voudrais m’inscrire pour le ramassage des branches.",
        ),
        ("There is a pile of branches at the curb since the wind.", "My bags of leaves were not picked up{since}."),
    ),
    "tree": (
        (
            "Une grosse branche est cassée et menace de tomber sur le trottoir.",
            "L’arbre de la Ville devant la maison est mort, il penche vers le toit.",
            "Un arbre est tombé et bloque une partie de la rue.",
            "Les branches cachent le panneau d’arrêt au coin.",
            "L’érable de l’emprise a besoin d’être élagué, il touche presque à la maison.",
            "Je pense que le frêne devant chez moi a l’agrile.",
        ),
        (
            "A large branch is broken and about to fall on the sidewalk.",
            "The town tree in front of the house is dead and leans toward the roof.",
            "A tree came down and blocks part of the street.",
        ),
    ),
    "water": (
        (
            "L’eau sort de la rue et coule vers le fossé{since}.",
            "On n’a presque plus de pression{since}.",
            "L’eau est brune au robinet{since}.",
            "Il y a de l’eau qui sort de la boîte de service devant la maison.",
        ),
        (
            "Water is coming up through the road{since}.",
            "We have hardly any pressure{since}.",
            "The tap water is brown{since}.",
        ),
    ),
    "road": (
        (
            "Il y a un gros trou dans la rue, j’ai failli y laisser une roue.",
            "Le nid-de-poule est revenu, il avait été rempli au printemps.",
            "L’asphalte s’est affaissé autour du puisard.",
            "La chaussée est fendue sur toute la largeur.",
            "Trois trous de suite à la hauteur de l’arrêt, les gens font le tour par l’autre voie.",
            "Le trottoir est soulevé, on ne passe pas avec une poussette.",
        ),
        (
            "There is a deep hole in the road; I nearly lost a wheel.",
            "The pothole is back, it was filled in the spring.",
            "The asphalt has sunk around the drain.",
        ),
    ),
    "works": (
        (
            "Combien de temps encore la rue va-t-elle rester fermée?",
            "Le chantier commence avant sept heures du matin{since}.",
            "La poussière des travaux entre dans la maison, pouvez-vous arroser la rue?",
            "L’entrepreneur a laissé de la terre devant mon entrée.",
        ),
        ("How much longer will the street stay closed?", "The crew starts before seven in the morning{since}."),
    ),
    "light": (
        (
            "Le lampadaire devant la maison est éteint{since}.",
            "Le lampadaire clignote toute la nuit.",
            "Tout un bout de rue est dans le noir{since}.",
            "Le lampadaire reste allumé en plein jour.",
            "Le poteau penche depuis qu’un camion l’a accroché.",
        ),
        ("The streetlight in front of the house is out{since}.", "A whole stretch of the street is dark{since}."),
    ),
    "sign": (
        (
            "Le panneau d’arrêt est tordu, on ne le voit plus en arrivant.",
            "Les autos passent beaucoup trop vite devant l’école.",
            "On demande un dos d’âne, il y a plein d’enfants dans la rue.",
            "Le passage pour piétons est complètement effacé.",
            "Le feu reste rouge pendant plusieurs minutes sans raison.",
        ),
        ("The stop sign is bent and cannot be seen.", "Cars go far too fast past the school."),
    ),
    "pool": (
        (
            "On installe une piscine hors terre, qu’est-ce que ça prend comme clôture?",
            "La piscine du voisin n’a pas de clôture, c’est dangereux pour les enfants.",
            "J’ai fait ma demande de permis de piscine{since}, où est-ce rendu?",
            "À quelle distance de la ligne je peux mettre la filtration?",
        ),
        ("We are putting in an above-ground pool; what fence is needed?", "The pool next door has no fence."),
    ),
    "build": (
        (
            "Je veux savoir si mon projet respecte le règlement avant de commander le bois.",
            "J’attends une réponse pour mon permis{since}.",
            "Le voisin construit tout près de la ligne, a-t-il un permis?",
            "On a changé les dimensions du projet, faut-il refaire la demande?",
            "Quels plans dois-je apporter pour la demande?",
        ),
        ("I would like to know whether my project complies.", "I have been waiting for my permit{since}."),
    ),
    "missed": (
        (
            "Le camion est passé tout droit, mon bac est encore plein.",
            "Toute la rue a été oubliée{since}.",
            "La collecte n’est pas passée{since}, les bacs débordent.",
        ),
        ("The truck went right by, my bin is still full.", "Our whole street was missed{since}."),
    ),
    "bin": (
        (
            "La roue de mon bac est cassée depuis la dernière collecte.",
            "On m’a volé mon bac.",
            "Le couvercle a été arraché par le bras du camion.",
            "J’emménage et il n’y a pas de bac à la maison.",
        ),
        ("The lid was torn off by the truck’s arm.", "My bin was stolen."),
    ),
    "sewer": (
        (
            "Le puisard déborde au coin de la rue.",
            "Le fossé ne s’égoutte plus, l’eau monte sur le terrain.",
            "L’égout refoule dans le sous-sol.",
            "Il y a une odeur d’égout dans la rue{since}.",
        ),
        ("The storm drain on the corner is overflowing.", "The ditch does not drain any more."),
    ),
    "grant": (
        (
            "J’ai envoyé ma facture{since}, quand vais-je recevoir le chèque?",
            "Reste-t-il de l’argent dans le programme?",
        ),
        ("I sent my receipt{since}; when will I get the cheque?", "Is there any money left in the program?"),
    ),
    "moving": (
        (
            "On vient d’acheter, on n’a pas encore reçu la facture.",
            "Le montant ne correspond pas à ce que le notaire avait dit.",
            "Peut-on payer en deux versements?",
        ),
        ("We just bought and have not received the bill.", "The amount is not what the notary told us."),
    ),
    "tax": (
        (
            "Je n’ai pas reçu mon compte de taxes.",
            "J’ai payé par la banque{since}, mais on me charge des intérêts.",
            "Je voudrais une entente pour payer en plusieurs fois.",
            "L’évaluation de ma maison a monté sans que rien ne change.",
            "J’ai payé deux fois par erreur, comment être remboursé?",
        ),
        ("I did not receive my tax bill.", "I paid through the bank{since} but was charged interest."),
    ),
    "leisure": (
        (
            "Impossible d’inscrire mon fils au camp, le site dit que c’est complet.",
            "Le cours a été annulé, je voudrais être remboursée.",
            "Ma fille est sur la liste d’attente{since}, y a-t-il du nouveau?",
            "Mon dossier dit que je ne suis pas résidente, pourtant j’habite ici.",
        ),
        ("I cannot register my son for camp.", "The class was cancelled; I would like a refund."),
    ),
    "park": (
        (
            "Une balançoire est brisée, une chaîne pend.",
            "Il y a de la vitre dans le carré de sable.",
            "La patinoire n’a pas été arrosée{since}.",
            "La fontaine du parc ne coule plus.",
            "Un banc est cassé près des jeux.",
        ),
        ("A swing is broken, one chain is hanging.", "There is glass in the sandbox."),
    ),
    "noise": (
        (
            "De la musique très forte tous les soirs passé minuit.",
            "Le voisin fait des feux de cour, la fumée entre dans la maison.",
            "La thermopompe d’à côté fait un bruit d’enfer{since}.",
            "Les travaux commencent à six heures le samedi matin.",
            "Ça sent le fumier{since}, on ne peut plus ouvrir les fenêtres.",
        ),
        ("Very loud music every night past midnight.", "The heat pump next door is terribly noisy{since}."),
    ),
    "animals": (
        (
            "Un chien se promène sans laisse dans le quartier{since}.",
            "Mon chat est perdu{since}, il est gris avec un collier rouge.",
            "Un raton laveur mort au bord de la rue.",
            "Le chien du voisin jappe toute la journée.",
            "Je veux enregistrer mon nouveau chien.",
        ),
        ("A dog is running loose in the neighbourhood{since}.", "My cat has been missing{since}."),
    ),
    "clean": (
        (
            "Quelqu’un a laissé un divan et des pneus dans le fossé.",
            "Le terrain vacant est plein de déchets, ça attire les rats.",
            "Il y a des graffitis sur le mur du parc.",
            "L’herbe du terrain voisin est rendue à la taille.",
        ),
        ("Someone dumped a couch and tires in the ditch.", "The vacant lot is full of garbage."),
    ),
    "parking": (
        (
            "Des autos sont stationnées des deux côtés, les camions ne passent plus.",
            "J’ai reçu un constat alors que l’interdiction n’était pas en vigueur.",
            "Une auto n’a pas bougé de la rue{since}.",
        ),
        ("Cars park on both sides and trucks cannot pass.", "A car has not moved from the street{since}."),
    ),
    "claim": (
        (
            "J’ai brisé un pneu et une jante dans un trou.",
            "La charrue a arraché ma clôture.",
            "Le refoulement a abîmé mon sous-sol, je veux faire une réclamation.",
        ),
        ("I broke a tire and a rim in a hole.", "The plow tore out my fence."),
    ),
    "service": (
        (
            "J’ai appelé trois fois et personne ne m’a rappelé{since}.",
            "On m’a répondu très sèchement au téléphone.",
            "On m’avait promis une réponse et je n’ai rien reçu{since}.",
        ),
        ("I called three times and nobody called back{since}.", "I was answered very rudely on the phone."),
    ),
    "papers": (
        (
            "Je voudrais une copie des procès-verbaux du printemps.",
            "J’aimerais consulter le dossier de ma propriété.",
            "J’ai besoin de faire signer un document pour la banque.",
        ),
        ("I would like a copy of the spring minutes.", "I need a document signed for the bank."),
    ),
    "reach": (
        ("Je voudrais savoir où en est ma demande{since}.", "Personne ne répond au poste qu’on m’a donné."),
        ("I would like to know where my request stands{since}.", "Nobody answers at the extension I was given."),
    ),
}
SINCE = (
    ("", " depuis hier", " depuis deux jours", " depuis une semaine", " depuis le début du mois", " depuis dimanche"),
    ("", " since yesterday", " for two days", " for a week", " since the start of the month", " since Sunday"),
)
MORE = (
    (
        *("", "", "", "Merci de votre aide.", "Ce n’est pas la première fois que j’appelle.", "C’est assez urgent."),
        *("Je suis à la maison en après-midi.", "Les voisins vous le diront aussi.", "J’ai des enfants en bas âge."),
        *(
            "Je peux envoyer une photo au besoin.",
            "Vous pouvez me laisser un message.",
            "Ça devient dangereux le soir.",
        ),
    ),
    (
        *("", "", "", "Thank you for your help.", "This is not the first time I call.", "I am home in the afternoon."),
        *("The neighbours will tell you the same.", "I can send a picture if needed."),
    ),
)
COMMENTS = (
    (
        "Bravo à l’équipe, c’est bien mieux que l’an dernier.",
        "Merci à la personne qui m’a répondu, elle a été très patiente.",
        "Il faudrait annoncer ces choses plus longtemps d’avance.",
        "Je voulais souligner le bon travail des employés.",
        "Ce serait bien d’en parler dans le bulletin municipal.",
        "À mon avis, la Ville devrait en faire plus de ce côté.",
        "Sur le site, c’est difficile à trouver pour mes parents.",
        "Continuez comme ça, les voisins sont contents.",
    ),
    (
        "Well done to the crew, much better than last year.",
        "These things should be announced earlier.",
        "It is hard to find on the website for my parents.",
    ),
)
REPLIES = (
    (
        "Oui, c’est bien à cet endroit.",
        "C’est du côté gauche de l’entrée, près du poteau.",
        "Vous pouvez passer n’importe quel matin.",
        "Je vous envoie les dimensions : douze pieds sur seize.",
        "Non, rien n’a changé depuis.",
        "Voici le numéro de mon compte, il est sur la facture.",
    ),
    ("Yes, that is the place.", "On the left of the driveway, by the post.", "You may come any morning."),
)
NOT_FIXED = (
    (
        "Ce n’est pas réglé : le problème est revenu dès le lendemain.",
        "Personne n’est passé, la demande est fermée et rien n’a été fait.",
        "Ça a été fait seulement à moitié.",
        "La réponse ne répond pas à ma question.",
    ),
    ("It is not fixed: the problem came back the next day.", "Nobody came, and nothing was done."),
)
THANKS = (
    (
        "Rapide et courtois, merci!",
        "Réglé plus vite que promis.",
        "Très bon service, j’ai été tenu au courant.",
        "C’est réglé, mais il a fallu rappeler une fois.",
        "La personne qui est venue était très gentille.",
    ),
    ("Fast and courteous, thank you!", "Fixed sooner than promised.", "Good service; I was kept informed."),
)
WITHDRAWN = (
    ("Finalement c’est réglé, merci.", "Ce n’est plus nécessaire.", "Je me suis trompé d’adresse."),
    ("It is settled after all, thank you.", "No longer needed."),
)
UNANSWERED = (
    (
        "Est-ce que la Ville loue des tables et des chaises?",
        "À qui appartient le petit pont derrière l’église?",
        "Peut-on faire voler un drone au parc?",
        "Où trouver les anciennes photos aériennes?",
        "Qui s’occupe des nids de guêpes chez les voisins?",
    ),
    ("Does the town rent out tables and chairs?", "May I fly a drone in the park?"),
)
DETAILS = (
    ("Devant la maison", "Au coin de la rue", "Depuis ce matin", "Côté nord", "À vérifier sur place"),
    ("In front of the house", "At the corner", "Since this morning", "North side", "To be checked on site"),
)
NEAR = (
    (
        *("Coin {street} et {other}", "{street}, près du parc", "{street}, en face de l’école"),
        *("Au bout de {street}", "{street}, à la hauteur du pont"),
    ),
    ("Corner of {street} and {other}", "{street}, by the park", "{street}, across from the school"),
)


def picked(table: tuple[tuple[str, ...], tuple[str, ...]], lang: str, rng: Random) -> str:
    """One of a table's sentences, in that language."""
    return rng.choice(table[lang == "en"])


def said(topic: Topic, theme: str, lang: str, rng: Random) -> str:
    """The words of someone who asks for something on that subject: one or two sentences."""
    own = topic.said[lang] or topic.said["fr"]
    if theme in SAID and (not own or rng.random() < 0.5):
        first = picked(SAID[theme], lang, rng).format(since=picked(SINCE, lang, rng))
    else:
        first = asked(topic, lang, rng)
        first = first if first[-1:] in ".?!" else f"{first}."
    return f"{first} {picked(MORE, lang, rng)}".strip()


def asked(topic: Topic, lang: str, rng: Random) -> str:
    """A question as the town knows that people put it, with a capital."""
    own = topic.said[lang] or topic.said["fr"]
    text = rng.choice(own) if own else topic.titles[lang]
    return text[:1].upper() + text[1:]
