"""Colours by name: the CSS named colours, and picks from the xkcd colour survey (2010), which is CC0.

A name may stand for several shades; the nearest shade names a colour. CSS's "dark gray" is left out: it is
lighter than its "gray", and nobody who reads a description would know.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aionserver.kit.color_spaces import Floats, ciede2000, lab_from_rgb, rgb_from_hex

CSS = """
alice blue F0F8FF; antique white FAEBD7; aqua 00FFFF; aquamarine 7FFFD4; azure F0FFFF; beige F5F5DC
bisque FFE4C4; black 000000; blanched almond FFEBCD; blue 0000FF; blue violet 8A2BE2; brown A52A2A
burlywood DEB887; cadet blue 5F9EA0; chartreuse 7FFF00; chocolate D2691E; coral FF7F50; cornflower blue 6495ED
cornsilk FFF8DC; crimson DC143C; dark blue 00008B; dark cyan 008B8B; dark goldenrod B8860B; dim gray 696969
dark green 006400; dark khaki BDB76B; dark magenta 8B008B; dark olive green 556B2F; dark orange FF8C00
dark orchid 9932CC; dark red 8B0000; dark salmon E9967A; dark sea green 8FBC8F; dark slate blue 483D8B
dark slate gray 2F4F4F; dark turquoise 00CED1; dark violet 9400D3; deep pink FF1493; deep sky blue 00BFFF
dodger blue 1E90FF; firebrick B22222; floral white FFFAF0; forest green 228B22; gainsboro DCDCDC
ghost white F8F8FF; gold FFD700; goldenrod DAA520; gray 808080; green 008000; green yellow ADFF2F
honeydew F0FFF0; hot pink FF69B4; indian red CD5C5C; indigo 4B0082; ivory FFFFF0; khaki F0E68C
lavender E6E6FA; lavender blush FFF0F5; lawn green 7CFC00; lemon chiffon FFFACD; light blue ADD8E6
light coral F08080
light cyan E0FFFF; light goldenrod FAFAD2; light gray D3D3D3; light green 90EE90; light pink FFB6C1
light salmon FFA07A; light sea green 20B2AA; light sky blue 87CEFA; light slate gray 778899
light steel blue B0C4DE; light yellow FFFFE0; lime 00FF00; lime green 32CD32; linen FAF0E6; magenta FF00FF
maroon 800000; medium aquamarine 66CDAA; medium blue 0000CD; medium orchid BA55D3; medium purple 9370DB
medium sea green 3CB371; medium slate blue 7B68EE; medium spring green 00FA9A; medium turquoise 48D1CC
medium violet red C71585; midnight blue 191970; mint cream F5FFFA; misty rose FFE4E1; moccasin FFE4B5
navajo white FFDEAD; navy 000080; old lace FDF5E6; olive 808000; olive drab 6B8E23; orange FFA500
orange red FF4500; orchid DA70D6; pale goldenrod EEE8AA; pale green 98FB98; pale turquoise AFEEEE
pale violet red DB7093; papaya whip FFEFD5; peach puff FFDAB9; peru CD853F; pink FFC0CB; plum DDA0DD
powder blue B0E0E6; purple 800080; rebecca purple 663399; red FF0000; rosy brown BC8F8F; royal blue 4169E1
saddle brown 8B4513; salmon FA8072; sandy brown F4A460; sea green 2E8B57; seashell FFF5EE; sienna A0522D
silver C0C0C0; sky blue 87CEEB; slate blue 6A5ACD; slate gray 708090; snow FFFAFA; spring green 00FF7F
steel blue 4682B4; tan D2B48C; teal 008080; thistle D8BFD8; tomato FF6347; turquoise 40E0D0; violet EE82EE
wheat F5DEB3; white FFFFFF; white smoke F5F5F5; yellow FFFF00; yellow green 9ACD32
"""

SURVEY = """
purple 7E1E9C; green 15B01A; blue 0343DF; pink FF81C0; brown 653700; red E50000; light blue 95D0FC
teal 029386; orange F97306; light green 96F97B; magenta C20078; yellow FFFF14; sky blue 75BBFD; gray 929591
lime green 89FE05; light purple BF77F6; violet 9A0EEA; dark green 033500; turquoise 06C2AC; dark blue 00035B
tan D1B26F; forest green 06470C; mauve AE7181; dark purple 35063E; bright green 01FF07; maroon 650021
olive 6E750E; salmon FF796C; royal blue 0504AA; navy blue 001146; lilac CEA2FD; hot pink FF028D
light brown AD8150; pale green C7FDB5; peach FFB07C; olive green 677A04; dark pink CB416B; periwinkle 8E82FE
sea green 53FCA1; lime AAFF32; indigo 380282; mustard CEB301; light pink FFD1DF; rose CF6275
bright blue 0165FC; neon green 0CFF0C; burnt orange C04E01; aquamarine 04D8B2; navy 01153E; grass green 3F9B0B
pale blue D0FEFE; dark red 840000; bright purple BE03FD; yellow green C0FB2D; baby blue A2CFFE; gold DBB40C
mint green 8FFF9F; plum 580F41; royal purple 4B006E; brick red 8F1402; dark teal 014D4E; burgundy 610023
khaki AAA662; blue green 137E6D; seafoam green 7AF9AB; pea green 8EAB12; taupe B9A281; dark brown 341C02
deep purple 36013F; bright pink FE01B1; light orange FDAA48; mint 9FFEB0; pastel green B0FF9D; sand E2CA76
dark orange C65102; seafoam 80F9AD; gray blue 6B8BA4; army green 4B5D16; dark gray 363737; dark yellow D5B60A
slate 516572; light teal 90E4C1; rust A83C09; deep blue 040273; pale pink FFCFDC; cerulean 0485D1
light red FF474C; mustard yellow D2BD0A; ochre BF9005; pale yellow FFFF84; crimson 8C000F; fuchsia ED0DD9
hunter green 0B4008; blue gray 607C8E; pale purple B790D4; sea blue 047495; light gray D8DCD6
leaf green 5CA904; eggplant 380835; steel blue 5A7D9A; moss green 658B38; sage 87AE73; brick A03623
burnt sienna B04E0F
reddish brown 7F2B0A; cream FFFFC2; coral FC5A50; ocean blue 03719C; red orange FD3C06; bluish purple 703BE7
light violet D6B4FC; dusty rose C0737A; grayish blue 5E819D; grape 6C3461; cornflower blue 5170D7
bright red FF000D; dark turquoise 045C5A; electric blue 0652FF; off white FFFFE4; powder blue B1D1FC
wine 80013F; apple green 76CD26; neon purple BC13FE; cobalt 1E488F; dark cyan 0A888A; dark violet 34013F
dark lavender 856798; dark tan AF884A; pale orange FFA756; pastel blue A2BFFE; moss 769958; grass 5CAC2D
blood red 980002; sage green 88B378; terracotta CA6641; pastel purple CAA0FF; sienna A9561E; dark olive 373E02
grayish green 82A67D; scarlet BE0119; chocolate 3D1C02; baby pink FFB7CE; charcoal 343837; pine green 0A481E
pumpkin E17701; red brown 8B2E16; tangerine FF9408; salmon pink FE7B7C; raspberry B00149; rose pink F7879A
neon pink FE019A; cobalt blue 030AA7; orange brown BE6400; deep red 9A0200; orchid C875C4; light cyan ACFFFC
sky 82CAFC; light magenta FA5FF7; emerald 01A049; jade 1FA774; dark beige AC9362; greenish gray 96AE8D
dark salmon C85A53; dark aqua 05696B; light olive green A4BE5C; light aqua 8CFFDB; clay B66A50
burnt umber A0450E; dull blue 49759C; pale brown B1916E; emerald green 028F1E; dark rose B5485D
dusty pink D58A94; faded green 7BB274; aubergine 3D0734; deep green 02590F; mahogany 4A0100
reddish orange F8481C; dull pink D5869D; evergreen 05472A; pastel pink FFBACD; dark mauve 874C62
ice blue D7FFFE; light tan FBEEAC; wine red 7B0323; neon blue 04D9FF; chocolate brown 411900; denim 3B638C
eggshell FFFFD4; jungle green 048243; umber B26400; golden yellow FEC615; bright yellow FFFD01
dusty blue 5A86AD; electric green 21FC0D; slate gray 59656D; teal green 25A36F; marine blue 01386A
avocado 90B134; dusty purple 825F87; bluish gray 748B97; pale violet CEAEFA; grayish brown 7A6A4F
burnt red 9F2305; apricot FFB16D; cerise DE0C62; light forest green 4F9153; acid green 8FFE09; lemon FDFF52
bright orange FF5B00; soft green 6FC276; blush F29E8E; steel 738595; ocean 017B92; marigold FCC006
bordeaux 7B002C; faded blue 658CBB; dark forest green 002D04; dark maroon 3C0008; teal blue 01889F
pistachio C0FA8B; lemon yellow FDFF38; military green 667C3E; bronze A87900; dull red BB3F3F; pine 2B5D34
prussian blue 004577; steel gray 6F828A; russet A13905; vermilion F4320C; golden brown B27A01
soft blue 6488EA; amber FEB308; cranberry 9E003A; mocha 9D7651; coffee A6814C; sepia 985E2B; ecru FEFFCA
melon FF7855
pastel yellow FFFE71; camel C69F59; burnt yellow D5AB09; cherry red F7022A; brownish gray 86775F
sandstone C9AE74; maize F4D054; copper B66325; ivory FFFFCB; strawberry FB2943; auburn 9A3001; mulberry 920A4E
bottle green 044A05; watermelon FD4659; light navy 155084; dark navy 000435; rouge AB1239; light plum 9D5783
medium gray 7D7F7C; berry 990F4B; cherry CF0234; warm gray 978A84; gunmetal 536267; caramel AF6F09
milk chocolate 7F4E1E; blueberry 464196; asparagus 77AB56; stone ADA587; chestnut 742802; fawn CFAF7B
amethyst 9B5FC0; muted blue 3B719F; pastel orange FF964F; heather A484AC; merlot 730039; olive brown 645403
viridian 1E9167; wisteria A87DC2; sunflower FFC512; petrol 005F6A; saffron FEB209; putty BEAE8A; ruby CA0147
claret 680018; dandelion FEDF08; light mint B6FFBB; cool gray 95A3A6; leather AC7434; carmine 9D0216
sapphire 2138AB; cinnamon AC4F06; charcoal gray 3C4142; stormy blue 507B9C; old rose C87F89; topaz 13BBAF
"""

METALS = "gold FFD700; copper B87333; silver C0C0C0; brass B5A642; bronze CD7F32; rose gold B76E79"

# CIEDE2000 against every name costs more than the palette itself; Lab distance is never this far off.
CANDIDATES = 48


def _rows(table: str) -> list[tuple[str, str]]:
    entries = (entry.strip() for line in table.strip().splitlines() for entry in line.split(";"))
    return [(name, code) for name, _, code in (entry.rpartition(" ") for entry in entries)]


@cache
def _known() -> tuple[tuple[str, ...], Floats, NDArray[np.uint8]]:
    """Every name with its Lab colour and its 8-bit one."""
    rows = _rows(METALS) + _rows(CSS) + _rows(SURVEY)
    codes = np.stack([rgb_from_hex(code) for _, code in rows])
    return tuple(name for name, _ in rows), lab_from_rgb(codes), codes


def nearest_names(lab: ArrayLike) -> list[str]:
    """The name nearest by CIEDE2000 to each Lab colour (n, 3)."""
    names, known, _ = _known()
    colors = np.asarray(lab, dtype=np.float64).reshape(-1, 3)
    squared = ((colors[:, None] - known[None]) ** 2).sum(axis=-1)
    near = np.argpartition(squared, CANDIDATES, axis=1)[:, :CANDIDATES]
    best = np.argmin(ciede2000(colors[:, None], known[near]), axis=1)
    return [names[near[row, column]] for row, column in enumerate(best)]


def named_colors(name: str) -> NDArray[np.uint8]:
    """Every shade (n, 3) that bears the name, in any spelling; none (0, 3) where the name is not known."""
    wanted = _plain(name)
    names, _, codes = _known()
    return codes[[_plain(known) == wanted for known in names]]


@cache
def distinct_names() -> tuple[str, ...]:
    """Every name once, in the order of the alphabet; by their places in it names are numbered."""
    return tuple(sorted(set(_known()[0])))


@cache
def name_numbers() -> Mapping[str, int]:
    """The number of each name."""
    return {name: number for number, name in enumerate(distinct_names())}


def kinds_of(name: str) -> list[int]:
    """The numbers of the name and of its kinds: of "blue" also those of "navy blue" and "sky blue"."""
    numbers = name_numbers()
    own = [known for known in numbers if _plain(known) == _plain(name)]
    return [
        number for known, number in numbers.items() if any(known == one or known.endswith(f" {one}") for one in own)
    ]


def similar_names(name: str) -> list[str]:
    """At most three known names that are spelled nearly like this one, the likest first."""
    known = {_plain(one): one for one in distinct_names()}
    return [known[plain] for plain in get_close_matches(_plain(name), known)]


@lru_cache(maxsize=1024)
def _plain(name: str) -> str:
    plain = "".join(letter for letter in name.lower().replace("grey", "gray") if letter.isalpha())
    return "aqua" if plain == "cyan" else plain
