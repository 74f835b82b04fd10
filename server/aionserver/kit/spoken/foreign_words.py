"""What orders to a library are made of in German, French and Spanish: how they begin, and their words in English.

A word is given with its forms, as "hund|hunde|hunden=dogs". Words that say what is looked for stand apart from those
that say what is to be done: documents are searched by the former as they were said.
"""

from typing import Final, Literal

Language = Literal["en", "de", "fr", "es"]

# How an order begins; what stands for the rest of it is put behind.
ORDERS: Final[dict[Language, tuple[tuple[str, str], ...]]] = {
    "de": (
        (r"(?:zeige?|zeigen sie|liste) (?:(?:mir|uns|bitte|mal) )*", "show me "),
        (r"(?:finde|finden sie|suche|such (?:nach|mir|bitte)|gib mir) (?:(?:mir|uns|bitte|mal|nach) )*", "find "),
        (r"fass(?:e|en sie)? (?:(?:mir|uns|bitte|mal) )*(?=.*\bzusammen\b)", "summarize "),
        (r"(?:gib mir |mach(?:e)? )?eine zusammenfassung (?:von |des |der |vom )?", "summarize "),
        (r"vergleich(?:e|en sie)? (?:(?:mir|bitte|mal) )*", "compare "),
        (r"beschreib(?:e|en sie)? (?:(?:mir|bitte|mal) )*", "describe "),
        (r"(?:lösch(?:e|en sie)?|entfern(?:e|en sie)?) (?:bitte )?", "delete "),
        (r"(?:verschieb(?:e|en sie)?|leg(?:e)?) (?:bitte )?", "move "),
        (r"(?:sortier(?:e|en sie)?|ordne) (?:bitte )?", "organize "),
        (r"(?:schreib(?:e)?|erstell(?:e)?|mach(?:e)?) (?:mir |bitte )*einen (?:kurzen )?bericht ", "write a report "),
        (r"nur (?=(?:die|den|das)\b)", "only "),
        (r"(?=(?:fotos|bilder|dokumente|dateien|rechnungen) (?:von|vom|aus|mit|über|im|ohne|seit)\b)", "find "),
    ),
    "fr": (
        (r"(?:montre[zr]?|affiche[zr]?|liste[zr]?)(?:[ -]moi|[ -]nous)? (?=\w+)", "show me "),
        (r"(?:trouve[zr]?|cherche[zr]?|recherche[zr]?|donne[zr]?)(?:[ -]moi|[ -]nous)? ", "find "),
        (r"(?:résume[zr]?(?:[ -]moi)?|fai(?:s|tes)(?:[ -]moi)? (?:un |le )?résumé (?:de |du |des )) ?", "summarize "),
        (r"compare[zr]? (?=(?:le|la|les|ces|mes|ce|cette|un|une|l['’])\b)", "compare "),
        (r"déc(?:ris|rivez)(?:[ -]moi)? ", "describe "),
        (r"(?:supprime[zr]?|efface[zr]?) ", "delete "),
        (r"(?:déplace[zr]?|met(?:s|tez)) (?=(?:le|la|les|ces?|cette|mes|tou[st]e?s?|l['’])\b)", "move "),
        (r"(?:range[zr]?|trie[zr]?|classe[zr]?) (?=(?:le|la|les|ces|mes|tou[st]e?s?)\b)", "organize "),
        (r"(?:écri[sv](?:ez)?|rédige[zr]?|fai(?:s|tes))(?:[ -]moi)? un (?:court )?rapport ", "write a report "),
        (r"seulement (?=(?:le|la|les)\b)", "only "),
        (
            r"(?=(?:photos|images|documents|factures|fichiers) (?:de|du|des|d['’]|sur|avec|depuis)(?:\b|(?<=['’])))",
            "find ",
        ),
    ),
    "es": (
        (r"(?:muestra(?:me)?|muéstra(?:me|nos)|enséñame|lista(?= (?:mis|los|las|todos|todas)\b)) ", "show me "),
        (r"(?:encuentra(?:me)?|encuéntrame|busca(?:r|me)?|búscame) ", "find "),
        (r"dame (?=(?:un|una|los|las|el|la|mis|todos|todas)\b)(?!un resumen)", "find "),
        (r"(?:resume|resumir) (?=(?:el|la|los|las|mi|este|esta)\b|\S+\.\w{2,5}\b)", "summarize "),
        (r"(?:haz|hazme|dame) un resumen del? ", "summarize "),
        (r"compara(?:r)? ", "compare "),
        (r"describe (?=(?:el|la|los|las|este|esta|estos|estas|mi|mis)\b)", "describe "),
        (r"(?:borra|elimina)(?:r)? ", "delete "),
        (r"(?:mueve|mover|pon) (?=(?:el|la|los|las|mis|todos|todas|estos|estas)\b)", "move "),
        (r"(?:ordena|clasifica)(?:r)? ", "organize "),
        (r"(?:escribe|redacta|haz)(?:me)? un (?:breve )?informe ", "write a report "),
        (r"(?:solo|sólo|solamente) (?=(?:el|la|los|las)\b)", "only "),
        (r"(?=(?:fotos|imágenes|documentos|facturas|archivos) (?:de|del|con|sobre|desde)\b)", "find "),
    ),
}
# These begin questions of any kind, and are of the library where a kind of its things is named.
QUESTIONS: Final[dict[Language, tuple[tuple[str, str], ...]]] = {
    "de": (
        (r"wie ?viele? ", "how many "),
        (r"welche[rsmn]? ", "which "),
        (r"(?:gibt es|hab(?:e)? ich|hast du|haben wir) ", "are there "),
    ),
    "fr": (
        (r"combien (?:de |d['’])?", "how many "),
        (r"quel(?:le)?s? ", "which "),
        (r"(?:y[ -]a[ -]t[ -]il|est-ce qu['’]il y a|il y a|ai-je|est-ce que j['’]ai|j['’]ai|as-tu) ", "are there "),
    ),
    "es": (
        (r"cuánt[ao]s ", "how many "),
        (r"(?:qué|cuáles(?: de)?) ", "which "),
        (r"(?:hay|tengo|tienes) ", "are there "),
    ),
}
# Words that belong together, before all others.
PHRASES: Final[dict[Language, tuple[tuple[str, str], ...]]] = {
    "de": (
        (r"\bgibt es\b", "are there"),
        (r"\bhab(?:e)? ich\b", "do I have"),
        (r"\bdavon\b", "of these"),
        (r"\b(?:letzte|vorige)[nrs]? (?=woche|monat|jahr)", "last "),
        (r"\bin (?:den|einen) (?:neuen )?ordner\b", "to the folder"),
        (r"\baus dem jahr(?:e)?\b|\bim jahr(?:e)?\b", "from"),
    ),
    "fr": (
        (r"\b(?:la )?semaine dernière\b", "last week"),
        (r"\b(?:le )?mois dernier\b", "last month"),
        (r"\bl['’]année dernière\b|\bl['’]an dernier\b", "last year"),
        (r"\bde l['’]année\b|\ben l['’]an\b", "from"),
        (r"\b(?:parmi|d['’]entre) (?:eux|elles)\b", "of these"),
        (r"\bdans (?:le|un) (?:nouveau )?dossier\b", "to the folder"),
        (r"(?<=\w )de l['’]", "of "),
    ),
    "es": (
        (r"\b(?:de )?la semana pasada\b", "last week"),
        (r"\b(?:d)?el mes pasado\b", "last month"),
        (r"\b(?:d)?el año pasado\b", "last year"),
        (r"\bantes de\b", "before"),
        (r"\bdespués de\b", "after"),
        (r"\bdel año\b", "from"),
        (r"\bde (?:estos|estas|ellos|ellas)\b", "of these"),
        (r"\b(?:a|en) (?:la|una) (?:nueva )?carpeta\b", "to the folder"),
    ),
}
_STRUCTURE: Final[dict[Language, str]] = {
    "de": """
    foto=photo fotos|bilder|bildern|aufnahmen=photos bild|aufnahme=photo dokument=document
    dokumente|dokumenten|unterlagen=documents datei=file dateien=files video=video videos=videos
    lesezeichen|webseiten=bookmarks seite=page seiten=pages pdf=PDF pdfs|pdf-dateien|pdf-dokumente=PDFs
    word-dokumente|word-dateien=Word_documents tabelle=spreadsheet tabellen=spreadsheets
    präsentationen=presentations ordner=folder bibliothek=library von|vom=of aus=from im|in|ins=in am=at mit=with
    über=about zu|zum|zur=about und=and oder=or ohne=without seit=since vor=before nach=after zwischen=between
    bis=until während=during der|die|das|den|dem|des=the ein|eine|einen|einem|einer=a
    mein|meine|meinen|meinem|meiner|unsere|unseren=my alle|allen|aller|sämtliche=all diese|diesen|dieser=these
    dieses=this sie|ihnen=them nur=only neueste|neuesten|letzten=newest älteste|ältesten=oldest erste|ersten=first
    zweite|zweiten=second dritte|dritten=third letzte|letzter|letztes=last heute=today gestern=yesterday woche=week
    monat=month jahr=year jahres|jahre=year zeigen=show zeigt=shows enthalten=contain handeln=talk_about hat=has
    haben=have es=it sind=are ist=is nach=after je=per pro=per jahren=year januar=January februar=February
    märz=March april=April mai=May juni=June juli=July august=August september=September oktober=October
    november=November dezember=December frühling|frühjahr=spring sommer=summer herbst=autumn winter=winter zusammen=
    auf= mir= bitte= mal= an= denn= eigentlich=
    """,
    "fr": """
    photo|image=photo photos|images=photos document=document documents=documents fichier=file fichiers=files
    vidéo=video vidéos=videos favoris|signets=bookmarks page=page pages=pages pdf=PDF pdfs=PDFs
    tableur|tableurs=spreadsheets présentations=presentations dossier=folder bibliothèque=library de|du|des|d=of
    depuis=since dans|en|au|aux|à=in avec=with sur=about et=and ou=or sans=without avant=before après=after
    entre=between jusqu=until pendant=during le|la|les|l=the un|une=a mon|ma|mes|nos=my tous|toutes|tout|toute=all
    ces|ceux-ci|celles-ci=these ce|cette=this eux=them seulement|uniquement=only
    dernières|derniers|récentes|récents=newest dernière|dernier=last première|premier=first premières|premiers=first
    deuxième=second troisième=third aujourd'hui=today hier=yesterday semaine=week mois=month année|an=year
    parlent|parle=talk_about a=has montrent=show montre=shows contiennent=contain ai-je|ai|avons-nous=do_I_have
    j|je=I y= a-t-il=has sont=are est=is par=per qui=that janvier=January février=February mars=March avril=April
    mai=May juin=June juillet=July août=August septembre=September octobre=October novembre=November
    décembre=December printemps=spring été=summer automne=autumn hiver=winter moi= s'il= vous= plaît= svp=
    """,
    "es": """
    foto|imagen=photo fotos|fotografías|imágenes=photos documento=document documentos=documents archivo=file
    archivos|ficheros=files vídeo|video=video vídeos|videos=videos marcadores=bookmarks página=page páginas=pages
    pdf=PDF pdfs=PDFs hojas=sheets presentaciones=presentations carpeta=folder biblioteca=library de|del=of
    desde=since en=in con=with sobre=about y|e=and o=or sin=without entre=between hasta=until durante=during
    el|la|los|las|lo=the un|una|unos|unas=a mi|mis|nuestros|nuestras=my todos|todas|todo|toda=all
    estos|estas|ellos|ellas=these este|esta=this solo|sólo|solamente=only recientes|últimos|últimas=newest
    último|última=last primer|primero|primera=first primeros|primeras=first segundo|segunda=second
    tercero|tercera=third hoy=today ayer=yesterday semana=week mes=month año=year hablan|habla=talk_about tiene=has
    muestran=show muestra=shows contienen=contain tengo|tenemos=do_I_have hay=are_there son=are es=is por=per
    que=that enero=January febrero=February marzo=March abril=April mayo=May junio=June julio=July agosto=August
    septiembre=September octubre=October noviembre=November diciembre=December primavera=spring verano=summer
    otoño=autumn invierno=winter me= por_favor=
    """,
}
_THINGS: Final[dict[Language, str]] = {
    "de": """
    rechnung=invoice rechnungen=invoices quittung|beleg|kassenbon=receipt
    quittungen|belege|belegen|kassenbons=receipts vertrag|vertrags=contract verträge|verträgen=contracts
    brief=letter briefe|briefen=letters bericht=report berichte|berichten=reports handbuch|anleitung=manual
    handbücher|anleitungen=manuals hund|hunde|hunden|hundes=dogs katze|katzen=cats vogel|vögel|vögeln=birds
    pferd|pferde|pferden=horses kuh|kühe|kühen=cows schaf|schafe|schafen=sheep tier|tiere|tieren=animals
    fisch|fische|fischen=fish auto|autos=cars fahrrad|fahrräder|fahrrädern=bicycles motorrad|motorräder=motorcycles
    zug|züge|zügen=trains bus|busse|bussen=buses flugzeug|flugzeuge|flugzeugen=airplanes boot|boote|booten=boats
    schiff|schiffe|schiffen=ships mensch|menschen|person|personen|leute|leuten=people mann|männer|männern=men
    frau|frauen=women kind|kinder|kindern=children baum|bäume|bäumen=trees blume|blumen=flowers
    strand|stränden=beach meer=sea see=lake berg|berge|bergen=mountains schnee=snow wald=forest
    haus|häuser|häusern=houses gebäude|gebäuden=buildings straße|straßen=street essen=food kuchen=cake pizza=pizza
    kaffee=coffee tisch=table stuhl|stühle=chairs sonnenuntergang=sunset rot|rote|roten=red blau|blaue|blauen=blue
    grün|grüne|grünen=green gelb|gelbe|gelben=yellow schwarz|schwarze|schwarzen=black weiß|weiße|weißen=white
    """,
    "fr": """
    facture=invoice factures=invoices reçu|ticket=receipt reçus|tickets=receipts contrat=contract contrats=contracts
    lettre=letter lettres=letters rapport=report rapports=reports manuel=manual manuels=manuals chien|chiens=dogs
    chat|chats=cats oiseau|oiseaux=birds cheval|chevaux=horses vache|vaches=cows mouton|moutons=sheep
    animal|animaux=animals poisson|poissons=fish voiture|voitures=cars vélo|vélos=bicycles moto|motos=motorcycles
    train|trains=trains bus|autobus=buses avion|avions=airplanes bateau|bateaux=boats navire|navires=ships
    personne|personnes|gens=people homme|hommes=men femme|femmes=women enfant|enfants=children arbre|arbres=trees
    fleur|fleurs=flowers plage|plages=beach mer=sea lac=lake montagne|montagnes=mountains neige=snow forêt=forest
    maison|maisons=houses bâtiment|bâtiments=buildings rue|rues=street nourriture=food gâteau|gâteaux=cake
    café=coffee table=table chaise|chaises=chairs coucher_de_soleil=sunset rouge|rouges=red
    bleu|bleue|bleus|bleues=blue vert|verte|verts|vertes=green jaune|jaunes=yellow noir|noire|noirs|noires=black
    blanc|blanche|blancs|blanches=white
    """,
    "es": """
    factura=invoice facturas=invoices recibo=receipt recibos=receipts contrato=contract contratos=contracts
    carta=letter cartas=letters informe=report informes=reports manual=manual manuales=manuals perro|perros=dogs
    gato|gatos=cats pájaro|pájaros|aves=birds caballo|caballos=horses vaca|vacas=cows oveja|ovejas=sheep
    animal|animales=animals pez|peces=fish coche|coches|carro|carros|auto|autos=cars bicicleta|bicicletas=bicycles
    moto|motos=motorcycles tren|trenes=trains autobús|autobuses=buses avión|aviones=airplanes barco|barcos=boats
    persona|personas|gente=people hombre|hombres=men mujer|mujeres=women niño|niños|niña|niñas=children
    árbol|árboles=trees flor|flores=flowers playa|playas=beach mar=sea lago=lake montaña|montañas=mountains
    nieve=snow bosque=forest casa|casas=houses edificio|edificios=buildings calle|calles=street comida=food
    pastel|tarta=cake café=coffee mesa=table silla|sillas=chairs puesta_de_sol=sunset rojo|roja|rojos|rojas=red
    azul|azules=blue verde|verdes=green amarillo|amarilla=yellow negro|negra|negros|negras=black
    blanco|blanca|blancos|blancas=white
    """,
}


def _read(table: str) -> dict[str, str]:
    """The words of a table, each with its English; `_` is a blank."""
    pairs = (pair.split("=") for pair in table.split())
    return {form.replace("_", " "): english.replace("_", " ") for forms, english in pairs for form in forms.split("|")}


STRUCTURE: Final[dict[Language, dict[str, str]]] = {language: _read(table) for language, table in _STRUCTURE.items()}
THINGS: Final[dict[Language, dict[str, str]]] = {language: _read(table) for language, table in _THINGS.items()}
