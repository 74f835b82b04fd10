"""English words of one family whose stems differ: `maintain` and `maintenance`, `sold` and `sell`.

What a stemmer does by taking endings off, it does not where the root changes. Families are looked up for the words of a
query, so that what is indexed need not know of them. Rules that make a word there is none do no harm: nothing has it.
"""

from functools import lru_cache
from itertools import chain
from typing import Final


def _families(text: str) -> list[tuple[str, ...]]:
    return [tuple(family.split("/")) for family in text.split()]


# Endings of stems, as those of `receive` and `reception`: whoever has one is kin to the same beginning with the other.
_ENDINGS: Final = _families("""
    tain/ten tain/tent ceiv/cept scrib/script pel/puls vert/vers duc/duct solv/solut sum/sumpt xtend/xtens spend/spens
    pand/pans cid/cis vid/vis clud/clus orrod/orros erod/eros plod/plos ollid/ollis appli/applic multipli/multiplic
    ifi/if quir/quisit xplain/xplan sorb/sorpt spond/spons truct/troy ermit/ermiss ubmit/ubmiss nsmit/nsmiss
    admit/admiss omit/omiss overi/ov iveri/iv embli/embl ailur/ail losur/lose posur/pose artur/art
    is/iz lysi/lys lyz/lys olour/olor avour/avor abour/abor aviour/avior ghbour/ghbor umour/umor apour/apor
    centr/center metr/meter litr/liter fibr/fiber
""")
# Whole stems of one family.
_WHOLE: Final = _families("""
    long/length wide/width high/height deep/depth strong/strength weigh/weight hot/heat safe/safeti true/truth
    lose/loss/lost sell/sale/sold prove/proof/proven choos/choic/chose/chosen grow/growth/grew/grown
    store/storag use/usag leak/leakag drain/drainag cover/coverag compar/comparison occur/occurr
    proceed/procedur succeed/success exceed/excess enter/entri warrant/warranti analysi/analys/analyz die/dead/death
    break/broke/broken write/wrote/written buy/bought pay/paid hold/held keep/kept make/made meet/met send/sent
    spend/spent build/built drive/drove/driven give/gave/given know/knew/known run/ran take/took/taken teach/taught
    think/thought wear/wore/worn win/won begin/began/begun fall/fell/fallen find/found stand/stood
    understand/understood tell/told see/seen show/shown steal/stole/stolen throw/threw/thrown
    withdraw/withdrew/withdrawn draw/drew/drawn freez/froze/frozen fli/flew/flown lead/led lend/lent
    forget/forgot/forgotten catch/caught bring/brought seek/sought
    child/children man/men woman/women foot/feet tooth/teeth mous/mice person/peopl
""")
_SHORTEST: Final = 4


def _by_stem() -> dict[str, tuple[str, ...]]:
    found = dict[str, tuple[str, ...]]()
    for family in _WHOLE:
        for stem in family:
            found[stem] = (*found.get(stem, ()), *family)
    return found


_KIN: Final = _by_stem()


@lru_cache(1 << 14)
def relatives(stem: str) -> tuple[str, ...]:
    """The other stems of an English stem's family."""
    by_ending = (
        stem[: -len(mine)] + theirs
        for one, other in _ENDINGS
        for mine, theirs in ((one, other), (other, one))
        if len(stem) >= _SHORTEST and stem.endswith(mine)
    )
    return tuple(dict.fromkeys(kin for kin in chain(_KIN.get(stem, ()), by_ending) if kin != stem))
